import { execFileSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface TestCount {
	kind: string;
	files: number;
	tests: number;
}

const KINDS: readonly [kind: string, pathspec: string][] = [
	['unités et services, de vrais moteurs compris', '*.test.ts'],
	['parcours dans un vrai navigateur', '*.e2e.ts'],
	['suites communes à plusieurs moteurs', '*contract.ts']
];

/** How many tests the tracked files hold, as written: one with many cases is one. */
export const testCounts = (): TestCount[] =>
	KINDS.map(([kind, pathspec]) => {
		const lines = execFileSync(
			'git',
			['grep', '-cE', String.raw`^\s*(test|it)(\.[a-zA-Z]+)*\(`, '--', pathspec],
			{ cwd: root, encoding: 'utf8' }
		);
		const counts = lines
			.trim()
			.split('\n')
			.map((line) => Number(line.split(':').at(-1)));
		return { kind, files: counts.length, tests: counts.reduce((sum, n) => sum + n, 0) };
	});
