import { AppError } from '../../src/lib/errors.ts';

/**
 * Reads a body of at most `max` bytes. A longer one is refused with `payload_too_large` as soon as that is known, by its
 * announced length or by what has come so far; the rest is never held.
 */
export async function readBody({ body, headers }: Request, max: number): Promise<Buffer> {
	if (Number(headers.get('content-length') ?? 0) > max) throw new AppError('payload_too_large');
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body ?? []) {
		size += chunk.length;
		if (size > max) throw new AppError('payload_too_large');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** User and password of a Basic `Authorization` (RFC 7617). Throws `credentials_missing` where there are none. */
export function basicCredentials(header: string | null): { user: string; password: string } {
	const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header?.trim() ?? '') ?? [];
	const decoded = encoded && Buffer.from(encoded, 'base64').toString('utf8');
	const colon = decoded?.indexOf(':') ?? -1;
	if (!decoded || colon < 1) throw new AppError('credentials_missing');
	return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
