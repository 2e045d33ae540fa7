/** How long a turn lasts, ms, or one work where that is longer: short enough that a slow phone answers a finger in between. */
const TURN_MS = 8;

const waiting = new Set<() => void>();
let planned = false;

/**
 * Does `work` soon, in the order asked, a little at a time: what is already readable on screen need not hold up the finger
 * while it comes to life. Returns what takes it back.
 */
export function inTurn(work: () => void): () => void {
	waiting.add(work);
	if (!planned) plan();
	return () => waiting.delete(work);
}

function plan(): void {
	planned = true;
	setTimeout(turn);
}

function turn(): void {
	planned = false;
	const end = performance.now() + TURN_MS;
	try {
		for (const work of waiting) {
			waiting.delete(work);
			work();
			if (performance.now() >= end) break;
		}
	} finally {
		if (waiting.size > 0 && !planned) plan();
	}
}

/** Lets what else waits (a finger, a frame) pass first. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The next moment the browser has nothing better to do; Safari has no word for it. */
export function idle(): Promise<void> {
	return new Promise((resolve) => {
		if (typeof requestIdleCallback === 'function')
			requestIdleCallback(() => resolve(), { timeout: 2_000 });
		else setTimeout(resolve, 200);
	});
}
