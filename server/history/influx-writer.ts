import { InfluxError, type InfluxClient } from './influx-client.ts';
import { toText, type Line } from './influx-line.ts';

/** The server takes 140,000 points a second at this size; more would only grow what a retry repeats. */
export const BATCH_LINES = 5_000;

export interface RejectedLine {
	line: string;
	reason: string;
}

/** 400, 413 and 422 are about what was sent; anything else is about the server, and worth trying again. */
const isContent = (error: unknown): error is InfluxError =>
	error instanceof InfluxError && [400, 413, 422].includes(error.status);

/**
 * Writes lines in batches and resolves once each is stored or refused for good; those refused are found by halving (a
 * line with several fields is at last cut into one line per field) and returned with the server's reason. Throws where
 * the server cannot be reached or does not let us in: nothing is given up then, and writing all again is harmless.
 */
export async function writeLines(
	client: InfluxClient,
	db: string,
	lines: readonly Line[]
): Promise<RejectedLine[]> {
	const rejected: RejectedLine[] = [];
	for (let i = 0; i < lines.length; i += BATCH_LINES)
		rejected.push(...(await attempt(client, db, lines.slice(i, i + BATCH_LINES))));
	return rejected;
}

async function attempt(
	client: InfluxClient,
	db: string,
	lines: readonly Line[]
): Promise<RejectedLine[]> {
	try {
		await client.write(db, lines.map(toText));
		return [];
	} catch (error) {
		if (!isContent(error)) throw error;
		const [only] = lines;
		if (lines.length > 1) {
			const half = Math.ceil(lines.length / 2);
			const first = await attempt(client, db, lines.slice(0, half));
			return [...first, ...(await attempt(client, db, lines.slice(half)))];
		}
		if (!only) return [];
		if (only.names.length === 1) return [{ line: toText(only), reason: error.message }];
		const rejected: RejectedLine[] = [];
		for (const [i, name] of only.names.entries()) {
			const alone = { ...only, names: [name], values: only.values.slice(i, i + 1) };
			rejected.push(...(await attempt(client, db, [alone])));
		}
		return rejected;
	}
}
