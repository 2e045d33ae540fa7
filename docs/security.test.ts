import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const text = fs.readFileSync(path.join(root, 'docs/security.md'), 'utf8');
const threats = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
const named = [...text.matchAll(/`([\w/.-]+\.(?:test|e2e)\.ts)` « ([^»]+) »/g)].map(
	([, file = '', title = '']) => [file, title] as const
);

test('every threat names a test, and each kind of STRIDE is thought of', () => {
	expect(threats.length).toBeGreaterThan(30);
	expect(named).toHaveLength(threats.length);
	for (const kind of 'STRIDE')
		expect(
			threats.some((line) => new RegExp(`^\\| \\d+ \\| \\d [^|]*\\b${kind}\\b`).test(line)),
			kind
		).toBe(true);
});

test.each(named)('%s has the test « %s »', (file, title) => {
	const source = fs.readFileSync(path.join(root, file), 'utf8');
	expect(["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote},`))).toBe(true);
});
