import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { openDatabase } from '../database/database.ts';
import { silent } from '../log.ts';
import { smallDisk } from '../testing/small-disk.ts';
import { asApi } from '../web/api.ts';
import { takeReport } from '../web/reports.ts';
import { createReports } from './reports.ts';
import { ADDRESS, aReport, posted, upload } from './testing.ts';

const disk = smallDisk(8);
afterAll(() => disk?.remove());

/** What nobody can make small: 200 kB of noise. */
const noise = () =>
	sharp({
		create: {
			width: 480,
			height: 360,
			channels: 3,
			background: '#777',
			noise: { type: 'gaussian', mean: 128, sigma: 60 }
		}
	})
		.jpeg({ quality: 95 })
		.toBuffer();

test.skipIf(!disk)(
	'a disk that fills up at any point of a report: it is kept whole with 201, or refused as full with nothing of it left',
	async () => {
		if (!disk) return;
		const { folder } = disk;
		const database = await openDatabase({ databaseUrl: undefined, dataDir: folder });
		const reports = createReports({ database, dataDir: folder, clock: Date.now, log: silent });
		const photo = await noise();
		const photos = path.join(folder, 'photos');
		const files = () =>
			fs.existsSync(photos)
				? fs
						.readdirSync(photos, { recursive: true, encoding: 'utf8' })
						.filter((name) => name.includes('.'))
				: [];
		const rows = async () => {
			const counts: number[] = [];
			for (const table of ['reports', 'report_photos', 'report_events'] as const)
				counts.push((await database.db.selectFrom(table).selectAll().execute()).length);
			return counts;
		};
		/** As the route and the hooks answer it. */
		const send = (report = aReport(), given: readonly Uint8Array[] = [photo, photo]) => {
			let failed: AppError | undefined;
			const request = posted(upload(report, given));
			return asApi({ request, matched: true, failure: () => failed }, async () => {
				try {
					return Response.json(await takeReport(reports, request, ADDRESS), { status: 201 });
				} catch (error) {
					if (!(error instanceof AppError)) throw error;
					failed = error;
					return new Response(null, { status: error.status });
				}
			});
		};
		/** Sends with so little room left; what was refused leaves nothing, and goes through once there is room. */
		const sendInto = async (room: number, given?: readonly Uint8Array[]): Promise<number> => {
			const [before, filesBefore] = [await rows(), files()];
			const report = aReport();
			disk.fill(room);
			const answer = await send(report, given);
			if (answer.status === 201) {
				disk.empty();
				return 201;
			}
			expect(answer.status).toBe(507);
			expect(answer.headers.get('content-type')).toBe('application/problem+json');
			expect(await answer.json()).toMatchObject({ code: 'storage_full', status: 507 });
			expect(await rows()).toEqual(before);
			expect(files()).toEqual(filesBefore);
			disk.empty();
			const again = await send(report, given);
			expect(again.status).toBe(201);
			expect(await again.json()).toMatchObject({ id: report.id, fresh: true });
			return 507;
		};
		expect((await send()).status).toBe(201);
		const answers: number[] = [];
		for (let room = 0; room <= 640; room += 40) answers.push(await sendInto(room * 1024));
		expect(answers[0]).toBe(507);
		expect(answers.at(-1)).toBe(201);
		expect(new Set(answers.slice(1, -1))).toEqual(new Set([507, 201]));
		// Without a photo only the database wants room.
		for (const room of [0, 4, 8]) await sendInto(room * 1024, []);
		const [all = 0, photoRows, events] = await rows();
		expect(events).toBe(all);
		expect(files()).toHaveLength(photoRows ?? 0);
		await reports.close();
		await database.close();
	},
	60_000
);
