import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { real } from '../testing/real.ts';

const strace = real('strace', 'strace');
const root = path.resolve(import.meta.dirname, '../..');
const ROUNDS = 5;

/** Accepts messages one by one, and says « acknowledged N » once each is done, as a PUBACK would be sent. */
const intake = `
	import { register } from './src/lib/layers/index.ts';
	import { silent } from './server/log.ts';
	import { Intake } from './server/intake/intake.ts';
	import { Journal } from './server/intake/journal.ts';
	const journal = new Journal({ file: process.argv[1], clock: Date.now, log: silent });
	const intake = new Intake({ register: register(), journal, clock: Date.now, log: silent, simulator: 'off' });
	for (let n = 1; n <= ${ROUNDS}; n++) {
		const message = { dateObserved: new Date().toISOString(), availableBikeNumber: n };
		await intake.accept('capitoul/v1/raw/bike/bike-test-1', Buffer.from(JSON.stringify(message)));
		process.stdout.write('acknowledged ' + n + '\\n');
	}
	journal.close();
`;

test.skipIf(!strace)('each message is forced to the disk before it is acknowledged', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fsync-'));
	const file = path.join(folder, 'history.db');
	const trace = path.join(folder, 'trace');
	const { status, stderr } = spawnSync(
		strace ?? '',
		[
			...['-f', '-y', '-qq', '-s', '64', '-e', 'trace=fsync,fdatasync,write', '-o', trace],
			...[process.execPath, '--input-type=module', '-e', intake, file]
		],
		{ cwd: root, encoding: 'utf8' }
	);
	expect(status, stderr).toBe(0);
	let forced = 0;
	const before: number[] = [];
	for (const line of fs.readFileSync(trace, 'utf8').split('\n')) {
		if (/\bf(data)?sync\(\d+<[^>]*history\.db-wal>/.test(line)) forced++;
		if (line.includes('"acknowledged ')) {
			before.push(forced);
			forced = 0;
		}
	}
	expect(before).toHaveLength(ROUNDS);
	for (const syncs of before) expect(syncs).toBeGreaterThanOrEqual(1);
	fs.rmSync(folder, { recursive: true, force: true });
});
