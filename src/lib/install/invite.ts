/** A person who said no is left alone this long. */
export const SILENT_MS = 30 * 86_400_000;

/** What decides whether the app may propose to be installed. */
export interface Moment {
	/** Already opened from the home screen. */
	installed: boolean;
	/** Something useful was done with it: a place kept, a report sent. */
	useful: boolean;
	/** When the person said no (ms). */
	refusedAt: number | undefined;
	now: number;
	/** The browser lent its own question. */
	canAsk: boolean;
	/** An iPhone: nothing can be asked, only told. */
	ios: boolean;
}

/** How to invite: by the browser's question, by words and drawings, or not at all. */
export function invitation(moment: Moment): 'ask' | 'tell' | undefined {
	const { installed, useful, refusedAt, now, canAsk, ios } = moment;
	if (installed || !useful) return undefined;
	// A clock set back must not silence it for ever.
	const since = refusedAt === undefined ? undefined : now - refusedAt;
	if (since !== undefined && since >= 0 && since < SILENT_MS) return undefined;
	return canAsk ? 'ask' : ios ? 'tell' : undefined;
}
