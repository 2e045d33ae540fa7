import { pino, type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

/** One JSON line per event on standard output; secrets never reach it. */
export function createLog(level: string): Log {
	return pino({
		level,
		base: null,
		timestamp: pino.stdTimeFunctions.isoTime,
		redact: ['password', 'token', '*.password', '*.token', 'headers.authorization']
	});
}

/** For tests that do not read the log. */
export const silent: Log = pino({ level: 'silent' });
