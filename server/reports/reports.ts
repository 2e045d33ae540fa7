import { AppError } from '../../src/lib/errors.ts';
import type { ReportFeature } from '../../src/lib/reports/states.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import { acceptReports, type Accepted, type Incoming } from './accept.ts';
import { act, unfollow, type Act, type Done } from './acts.ts';
import { reportLimits, type Limit } from './limits.ts';
import { erase, exportOf, openByToken, purgeContacts } from './own.ts';
import { photoFiles } from './photo-files.ts';
import { photoWorker } from './photo-worker.ts';
import { events, find, list, type Wanted } from './store.ts';
import { Room } from './upload.ts';
import { toFeature, toTimeline } from './view.ts';

interface Deps {
	database: Database;
	dataDir: string;
	clock: () => number;
	log: Log;
}

const UPKEEP_MS = 3_600_000;
/** No upload lasts as long: a file older than this that no row names belongs to none. */
const ORPHAN_MS = 3_600_000;

export type Reports = ReturnType<typeof createReports>;

/** Reports and their life, as the web routes use them. */
export function createReports({ database, dataDir, clock, log }: Deps) {
	const { db } = database;
	const files = photoFiles(dataDir);
	const worker = photoWorker();
	const limits = reportLimits(clock);
	const door = acceptReports({ database, files, worker, clock });

	const published = async (id: string) => {
		const found = await find(db, id);
		if (found?.row.visibility !== 'published') throw new AppError('report_unknown');
		return found;
	};

	const upkeep = async () => {
		const purged = await purgeContacts(database, clock());
		const swept = await files.sweep(async (names) => {
			if (names.length === 0) return new Set<string>();
			const rows = await db
				.selectFrom('report_photos')
				.select('file')
				.where('file', 'in', names)
				.execute();
			return new Set(rows.map(({ file }) => file));
		}, Date.now() - ORPHAN_MS);
		if (purged + swept > 0) log.info({ purged, swept }, 'reports: contacts purged, files swept');
	};

	return {
		database,
		/** Memory that uploads share. */
		room: new Room(),
		limits,
		clock,

		/** Takes a report in; `address` is counted and not kept. */
		async submit(
			incoming: Incoming,
			address: string,
			limit: Extract<Limit, 'reports' | 'partners'> = 'reports'
		): Promise<Accepted> {
			await limits.check(limit, address);
			await limits.check('photos', address);
			const accepted = await door.accept(incoming);
			if (accepted.fresh) {
				const bytes = incoming.photos.reduce((sum, photo) => sum + photo.length, 0);
				await limits.count(limit, address);
				if (bytes > 0) await limits.count('photos', address, Math.ceil(bytes / 1024));
			}
			return accepted;
		},

		/** Public reports, or with `device` those this device sent or follows, checked or not. */
		async list(wanted: Wanted): Promise<{ features: ReportFeature[]; matched: number }> {
			const only = wanted.device === undefined ? ({ visibility: 'published' } as const) : {};
			const { found, matched } = await list(db, { ...wanted, ...only });
			const features = found.map(toFeature);
			if (wanted.device !== undefined)
				for (const [i, { properties }] of features.entries()) {
					const row = found[i]?.row;
					if (row) properties.visibility = row.visibility;
					properties.timeline = toTimeline(await events(db, properties.id));
				}
			return { features, matched };
		},

		/** One public report with its timeline. Throws `report_unknown`. */
		async one(id: string): Promise<ReportFeature> {
			const feature = toFeature(await published(id));
			feature.properties.timeline = toTimeline(await events(db, id));
			return feature;
		},

		/** Whether a report is here, public or not. */
		exists: async (id: string): Promise<boolean> => (await find(db, id)) !== undefined,

		/** A photo of a public report, or of one's own by its follow link. Throws `report_unknown`, `photo_unknown`. */
		async photo(id: string, n: number, token?: string): Promise<Buffer> {
			const found =
				token === undefined ? await published(id) : await openByToken(database, id, token);
			const photo = found.photos.find((one) => one.n === n && (token !== undefined || one.public));
			if (!photo) throw new AppError('photo_unknown');
			return files.read(photo.file);
		},

		async act(
			order: { report: string; act: Act; device: string; words?: string | undefined },
			address: string
		): Promise<Done> {
			await limits.check('marks', address);
			const done = await act(database, { ...order, now: clock() });
			if (done.counted) await limits.count('marks', address);
			return done;
		},
		unfollow: (report: string, device: string) => unfollow(database, report, device),

		/** What a follow link opens. Guesses are counted. */
		async mine(id: string, token: string, address: string) {
			await limits.check('guesses', address);
			const found = await openByToken(database, id, token).catch(async (error: unknown) => {
				await limits.count('guesses', address);
				throw error;
			});
			return {
				export: () => exportOf(database, found),
				erase: () => erase(database, files, id, clock())
			};
		},

		/** Contacts due and files nobody names: once now, then every hour until `signal` aborts. */
		async keepUp(signal: AbortSignal): Promise<void> {
			while (!signal.aborted) {
				await upkeep().catch((error: unknown) => log.warn({ err: error }, 'reports: upkeep'));
				await new Promise<void>((resolve) => {
					const timer = setTimeout(resolve, UPKEEP_MS);
					timer.unref();
					signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
				});
			}
		},
		close: () => worker.close()
	};
}
