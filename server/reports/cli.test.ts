import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { startPostgres } from '../testing/postgres.ts';
import { takeReport } from '../web/reports.ts';
import { run } from './cli.ts';
import { keyName } from './keys.ts';
import { aPhoto, ADDRESS, aReport, posted, reportsOver, upload } from './testing.ts';

const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'report-cli-'));

test.each(['sqlite', 'postgres'] as const)(
	'%s: an agent reads, checks, decides and hides beside a running app',
	{ timeout: 60_000 },
	async (engine) => {
		const server = engine === 'postgres' ? await startPostgres() : undefined;
		if (engine === 'postgres' && !server) return;
		const dataDir = folder();
		const database = await openDatabase({ databaseUrl: server?.url, dataDir });
		const { reports } = reportsOver(database);
		try {
			const env = { DATA_DIR: dataDir, ...(server && { DATABASE_URL: server.url.href }) };
			const report = (...args: string[]) => run(args, env);
			const sent = aReport({ description: 'trou\u001b[2J dangereux', contact: { name: 'Jeanne' } });
			const { id } = await takeReport(reports, posted(upload(sent, [await aPhoto()])), ADDRESS);
			expect(await report('list', '--unchecked')).toContain(id);
			const words = await report('show', id);
			expect(words).toContain('Jeanne');
			expect(words).not.toContain('\u001b');
			await report('publish', id, '--text', 'Un trou', '--without-photo', '1');
			expect((await reports.one(id)).properties).toMatchObject({
				description: 'Un trou',
				photos: []
			});
			await report('set', id, 'planned', '--reason', 'jeudi', '--expected', '2026-12-01T09:00:00Z');
			expect((await reports.one(id)).properties).toMatchObject({
				state: 'planned',
				reason: 'jeudi',
				expectedAt: '2026-12-01T09:00:00Z'
			});
			await reports.act({ report: id, act: 'abuse', device: 'd', words: 'une adresse' }, ADDRESS);
			expect(await report('abuse')).toContain('une adresse');
			expect(await report('list', '--abuse')).toContain(id);
			await report('hide', id, '--reason', 'adresse');
			await expect(reports.one(id)).rejects.toMatchObject({ code: 'report_unknown' });
			expect(await report('purge')).toBe('0 contacts erased');
			const [key = ''] = (await report('key', 'add', 'fixmystreet')).split('\n');
			expect(await keyName(database, key)).toBe('fixmystreet');
			await report('key', 'revoke', 'fixmystreet');
			expect(await keyName(database, key)).toBeUndefined();
			await report('erase', id);
			await expect(report('show', id)).rejects.toThrow('no report');
			for (const wrong of [[], ['dance'], ['set', id], ['key', 'add']])
				await expect(report(...wrong)).rejects.toThrow();
		} finally {
			await reports.close();
			await database.close();
			await server?.remove();
		}
	}
);
