import * as v from 'valibot';
import { inDatabase, type Kept } from '../offline/store.ts';
import { draftSchema, type Draft } from './draft.ts';

/** More than anybody reports in a week without a network; a phone is not filled beyond. */
export const MAX_WAITING = 60;
/** Follow links kept; the oldest go first. */
const MAX_SENT = 300;
const SENT = 'reports-sent';

const common = {
	id: v.string(),
	/** When the person said « send », ms; also its place in the queue, so never twice the same. */
	createdAt: v.number(),
	state: v.picklist(['waiting', 'sending', 'refused']),
	attempts: v.number(),
	/** Not by itself before (ms): the pause after a failure. */
	nextAt: v.number(),
	/** Not at all before (ms): the server asked for it. */
	notBefore: v.number(),
	/** An attempt ended without an answer: the server may hold it already. */
	maybeSent: v.boolean(),
	trouble: v.nullable(
		v.object({
			at: v.number(),
			/** HTTP status, 0 where no answer came. */
			status: v.number(),
			code: v.string(),
			detail: v.string()
		})
	)
} as const;

const rowSchema = v.variant('kind', [
	v.object({ ...common, kind: v.literal('report'), draft: draftSchema }),
	v.object({ ...common, kind: v.literal('confirmation'), target: v.string(), title: v.string() })
]);

/** What waits to leave: a report, or « c'est le même » said of another's. */
export type Row = v.InferOutput<typeof rowSchema>;
export type Trouble = NonNullable<Row['trouble']>;

const sentSchema = v.array(
	v.object({
		id: v.string(),
		kind: v.picklist(['report', 'confirmation']),
		category: v.string(),
		title: v.string(),
		url: v.string(),
		followToken: v.string(),
		createdAt: v.number(),
		sentAt: v.number()
	})
);

/** What the server has, with the link to follow it. */
export type Sent = v.InferOutput<typeof sentSchema>[number];

/** How the sender sees the queue. Each call is one transaction: another tab sees it before or after, never half. */
export interface Rows {
	/** Whatever a sender that died left « sending » waits again. Only for who holds the lock. */
	recover(): Promise<void>;
	/** What waits, oldest first. */
	waiting(): Promise<Row[]>;
	/** Marks it as being sent; undefined where it was taken back or changed meanwhile. */
	claim(id: string): Promise<Row | undefined>;
	/** The attempt failed: what changes. */
	put(id: string, change: Partial<Omit<Row, 'id' | 'kind'>>): Promise<void>;
	/** Leaves the queue and joins what was sent, in one. */
	done(id: string, sent: Sent): Promise<void>;
}

const read = (kept: unknown): Row | undefined => {
	const row = v.safeParse(rowSchema, kept);
	return row.success ? row.output : undefined;
};

// The index signature of a stored row is wider than any type of ours.
const stored = (row: Row) => row as unknown as Kept & { createdAt: number };

export const outboxRows: Rows = {
	recover: () =>
		inDatabase(async (db) => {
			const tx = db.transaction('outbox', 'readwrite');
			for (const kept of await tx.store.getAll()) {
				const row = read(kept);
				if (row?.state === 'sending')
					await tx.store.put(stored({ ...row, state: 'waiting', maybeSent: true }));
			}
			await tx.done;
		}),
	waiting: async () => (await allRows()).filter(({ state }) => state === 'waiting'),
	claim: (id) =>
		inDatabase(async (db) => {
			const tx = db.transaction('outbox', 'readwrite', { durability: 'strict' });
			const row = read(await tx.store.get(id));
			if (row?.state !== 'waiting') {
				await tx.done;
				return undefined;
			}
			const claimed: Row = { ...row, state: 'sending', attempts: row.attempts + 1 };
			await tx.store.put(stored(claimed));
			await tx.done;
			return claimed;
		}),
	put: (id, change) =>
		inDatabase(async (db) => {
			const tx = db.transaction('outbox', 'readwrite', { durability: 'strict' });
			const row = read(await tx.store.get(id));
			if (row) await tx.store.put(stored({ ...row, ...change }));
			await tx.done;
		}),
	done: (id, sent) =>
		inDatabase(async (db) => {
			const tx = db.transaction(['outbox', 'own'], 'readwrite', { durability: 'strict' });
			const own = tx.objectStore('own');
			const former = readSent(await own.get(SENT)).filter((one) => one.id !== sent.id);
			await own.put([sent, ...former].slice(0, MAX_SENT), SENT);
			await tx.objectStore('outbox').delete(id);
			await tx.done;
		})
};

/** The whole queue, oldest first. Rows no version of ours can read are left where they are. */
export const allRows = (): Promise<Row[]> =>
	inDatabase(async (db) =>
		(await db.getAllFromIndex('outbox', 'createdAt')).flatMap((kept) => read(kept) ?? [])
	);

/** What was sent from this phone, newest first. */
export const allSent = (): Promise<Sent[]> =>
	inDatabase(async (db) => readSent(await db.get('own', SENT)));

const readSent = (kept: unknown): Sent[] => {
	const sent = v.safeParse(sentSchema, kept);
	return sent.success ? sent.output : [];
};

/** The queue holds as many as a phone should: nothing was taken in. */
export class QueueFull extends Error {
	override readonly name = 'QueueFull';
}

const fresh = (createdAt: number) =>
	({
		createdAt,
		state: 'waiting',
		attempts: 0,
		nextAt: 0,
		notBefore: 0,
		maybeSent: false,
		trouble: null
	}) as const;

/**
 * Puts a finished report into the queue and takes its draft away, in one transaction written through to the disk: once this
 * resolves, the report stays whatever happens to the browser. Rejects `QueueFull`, or the phone's own refusal.
 */
export const queueReport = (draft: Draft, now: number): Promise<void> =>
	add({ kind: 'report', id: draft.id, draft }, now);

/** The same for « c'est le même ». A second one for the same report changes nothing. */
export const queueConfirmation = (target: string, title: string, now: number): Promise<void> =>
	add({ kind: 'confirmation', id: `same-${target}`, target, title }, now);

type Added =
	| { kind: 'report'; id: string; draft: Draft }
	| { kind: 'confirmation'; id: string; target: string; title: string };

const add = (added: Added, now: number): Promise<void> =>
	inDatabase(async (db) => {
		const tx = db.transaction(['outbox', 'drafts'], 'readwrite', { durability: 'strict' });
		const outbox = tx.objectStore('outbox');
		const last = await outbox.index('createdAt').openCursor(null, 'prev');
		if ((await outbox.count()) >= MAX_WAITING) {
			tx.abort();
			await tx.done.catch(() => {});
			throw new QueueFull();
		}
		const former = read(await outbox.get(added.id));
		if (!former) {
			// A clock set back, or two in one millisecond, must not change the order.
			const at = Math.max(now, (last?.value.createdAt ?? 0) + 1);
			await outbox.put(stored({ ...added, ...fresh(at) }));
		}
		if (added.kind === 'report') await tx.objectStore('drafts').delete(added.id);
		await tx.done;
	});

/** Takes one out of the queue for good. False where it is on its way this very moment, or gone. */
export const removeRow = (id: string): Promise<boolean> =>
	inDatabase(async (db) => {
		const tx = db.transaction('outbox', 'readwrite');
		const row = read(await tx.store.get(id));
		const free = row !== undefined && row.state !== 'sending';
		if (free) await tx.store.delete(id);
		await tx.done;
		return free;
	});

/**
 * Makes a queued report a draft again, under its own id. Undefined where it is on its way, gone, or may have arrived: the
 * server would keep its first words, and the person would believe the new ones were sent.
 */
export const backToDraft = (id: string, now: number): Promise<Draft | undefined> =>
	inDatabase(async (db) => {
		const tx = db.transaction(['outbox', 'drafts'], 'readwrite', { durability: 'strict' });
		const row = read(await tx.objectStore('outbox').get(id));
		const free = row?.kind === 'report' && row.state !== 'sending' && !row.maybeSent;
		const draft = free ? { ...row.draft, savedAt: now, step: 'words' as const } : undefined;
		if (draft) {
			await tx.objectStore('drafts').put(draft);
			await tx.objectStore('outbox').delete(id);
		}
		await tx.done;
		return draft;
	});

/** A refused one waits again, and no pause of ours holds it: the person asked. */
export const tryAgain = (id: string): Promise<void> =>
	inDatabase(async (db) => {
		const tx = db.transaction('outbox', 'readwrite');
		const row = read(await tx.store.get(id));
		if (row && row.state !== 'sending')
			await tx.store.put(stored({ ...row, state: 'waiting', nextAt: 0 }));
		await tx.done;
	});
