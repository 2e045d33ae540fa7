import { AppError } from '../../src/lib/errors.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { readRaw, readTopic } from '../intake/raw.ts';

/** The topic's own refusal (unknown layer, malformed id): thrown at once, as no such topic can be published. */
export const checkTopic = (register: Register, topic: string): void => {
	readTopic(register, topic);
};

/** Why the intake will refuse this message, or undefined where it can be read. */
export function refusalOf(
	register: Register,
	topic: string,
	payload: Buffer,
	now: number
): AppError | undefined {
	try {
		readRaw(register, topic, payload, now);
		return undefined;
	} catch (error) {
		if (error instanceof AppError) return error;
		throw error;
	}
}
