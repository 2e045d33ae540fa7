import { AppError } from '../../src/lib/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON a message carries. Throws `payload_not_utf8` or `payload_not_json`. */
export function readPayload(payload: Buffer): unknown {
	let text: string;
	try {
		text = utf8.decode(payload);
	} catch (error) {
		throw new AppError('payload_not_utf8', undefined, { cause: error });
	}
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new AppError('payload_not_json', (error as Error).message, { cause: error });
	}
}
