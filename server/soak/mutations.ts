// npm run mutations [-- WORD…]: takes out one protection after another in a copy of the tree, and asks the tests to notice.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { mutations, type Mutation } from './mutation-list.ts';

const root = path.resolve(import.meta.dirname, '../..');
const LIMIT_MS = 180_000; // a protection against endless waiting may leave a test that waits

const report = v.object({
	numTotalTests: v.number(),
	numPassedTests: v.number(),
	testResults: v.array(
		v.object({
			name: v.string(),
			assertionResults: v.array(v.object({ status: v.string(), fullName: v.string() }))
		})
	)
});

/** The tracked files of the tree as they are now, and what is generated beside them. */
function copyTree(): string {
	const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'mutations-'));
	const { stdout } = spawnSync(
		'git',
		['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
		{
			cwd: root,
			encoding: 'utf8',
			maxBuffer: 16e6
		}
	);
	for (const file of stdout.split('\0').filter(Boolean)) {
		const from = path.join(root, file);
		if (!fs.existsSync(from)) continue;
		fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
		fs.copyFileSync(from, path.join(copy, file));
	}
	for (const made of ['node_modules', '.svelte-kit', 'src/lib/paraglide'])
		if (fs.existsSync(path.join(root, made)))
			fs.symlinkSync(path.join(root, made), path.join(copy, made));
	return copy;
}

/** Runs test files in the copy: which failed by name; `passed` how many did not. `broken` where nothing could be run. */
function runTests(copy: string, tests: readonly string[]) {
	const out = path.join(copy, '.mutation.json');
	fs.rmSync(out, { force: true });
	const { status } = spawnSync(
		process.execPath,
		['node_modules/vitest/vitest.mjs', 'run', '--reporter=json', `--outputFile=${out}`, ...tests],
		{ cwd: copy, stdio: 'ignore', timeout: LIMIT_MS, killSignal: 'SIGKILL' }
	);
	if (!fs.existsSync(out)) return { failed: [], passed: 0, broken: status !== 0 };
	const { numTotalTests, numPassedTests, testResults } = v.parse(
		v.pipe(v.string(), v.parseJson(), report),
		fs.readFileSync(out, 'utf8')
	);
	const failed = testResults.flatMap(({ assertionResults }) =>
		assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
	);
	return { failed, passed: numPassedTests, broken: numTotalTests === 0 };
}

function takeOut(copy: string, { file, find, replace }: Mutation): () => void {
	const target = path.join(copy, file);
	const whole = fs.readFileSync(target, 'utf8');
	if (whole.split(find).length !== 2) throw new Error(`${file}: not there once: ${find}`);
	fs.writeFileSync(
		target,
		whole.replace(find, () => replace)
	);
	return () => fs.writeFileSync(target, whole);
}

const words = process.argv.slice(2);
const chosen = mutations.filter(
	({ protection }) => words.length === 0 || words.some((word) => protection.includes(word))
);
const copy = copyTree();
let unseen = 0;
try {
	const whole = runTests(copy, [...new Set(chosen.flatMap(({ tests }) => tests))]);
	if (whole.broken || whole.failed.length > 0)
		throw new Error(`with every protection in place: ${whole.failed.join('; ') || 'nothing ran'}`);
	console.log(`with every protection in place: ${whole.passed} tests green\n`);
	console.log('| protection taken out | seen by |\n| --- | --- |');
	for (const mutation of chosen) {
		const putBack = takeOut(copy, mutation);
		const { failed, broken } = runTests(copy, mutation.tests);
		putBack();
		const [first] = failed;
		if (broken || first === undefined) unseen++;
		const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
		const seen = broken ? 'NOTHING RAN' : first === undefined ? 'NOBODY' : `${first}${others}`;
		console.log(`| ${mutation.protection} | ${seen} |`);
	}
} finally {
	fs.rmSync(copy, { recursive: true, force: true });
}
console.log(`\nof ${chosen.length} losses ${chosen.length - unseen} are noticed by a test`);
process.exit(unseen > 0 ? 1 : 0);
