import type { Kysely } from 'kysely';
import type { Tables } from '../database/schema.ts';

export const DAY_MS = 86_400_000;
/** Parameters of one statement: far below what either engine takes. */
const MANY = 500;

/** Notes that these devices are here, each at most once a day. One of which nothing is kept is not noted. */
export async function see(
	{ db }: { db: Kysely<Tables> },
	devices: readonly string[],
	now: number
): Promise<void> {
	for (let at = 0; at < devices.length; at += MANY) {
		const some = devices.slice(at, at + MANY);
		// Asked first: most were here today already, and a statement that may write waits its turn.
		const due = await db
			.selectFrom('devices')
			.select('device')
			.where('device', 'in', some)
			.where('seen_at', '<=', now - DAY_MS)
			.execute();
		if (due.length === 0) continue;
		await db
			.updateTable('devices')
			.set({ seen_at: now })
			.where(
				'device',
				'in',
				due.map(({ device }) => device)
			)
			.where('seen_at', '<=', now - DAY_MS)
			.execute();
	}
}

/** The same where something of this device is being kept, with the caller's transaction: from now on it is known. */
export async function know(tx: Kysely<Tables>, device: string, now: number): Promise<void> {
	await tx
		.insertInto('devices')
		.values({ device, seen_at: now })
		.onConflict((c) => c.column('device').doNothing())
		.execute();
	await see({ db: tx }, [device], now);
}
