import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mutations } from './mutation-list.ts';

const root = path.resolve(import.meta.dirname, '../..');

// Running them all takes minutes (npm run mutations): here, that none has come loose from the code it takes out.
test.each(mutations.map((mutation) => [mutation.protection, mutation] as const))(
	'what is to be taken out is there, once: %s',
	(_name, { file, find, replace, tests }) => {
		const text = fs.readFileSync(path.join(root, file), 'utf8');
		expect(text.split(find)).toHaveLength(2);
		expect(replace).not.toBe(find);
		for (const name of tests) expect(fs.existsSync(path.join(root, name)), name).toBe(true);
	}
);
