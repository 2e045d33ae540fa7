import type { AppError } from '../../src/lib/errors.ts';

const MOST_BYTES = 2 * 1024;

/** What `dead/` says of a message that was refused: why, and how it began. */
export const deadLetter = (topic: string, payload: Buffer, { code, detail }: AppError): string =>
	JSON.stringify({ topic, code, reason: detail, payload: beginning(payload) });

/** The text of the first bytes, never cut within a character. */
function beginning(payload: Buffer): string {
	const bytes = Buffer.from(payload.subarray(0, MOST_BYTES + 4).toString('utf8'));
	if (bytes.length <= MOST_BYTES) return bytes.toString('utf8');
	let end = MOST_BYTES;
	while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
	return bytes.toString('utf8', 0, end);
}
