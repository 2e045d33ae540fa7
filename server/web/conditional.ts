import { createHash } from 'node:crypto';

/** A weak entity tag: the same answer may travel as gzip, brotli or plain. */
export const etagOf = (...parts: string[]): string => {
	const hash = createHash('sha1');
	for (const part of parts) hash.update(part).update('\0');
	return `W/"${hash.digest('base64url').slice(0, 22)}"`;
};

/** Whether `If-None-Match` names this tag (weak comparison, RFC 9110 section 13.1.2). */
export function matches(ifNoneMatch: string | null | undefined, etag: string): boolean {
	if (!ifNoneMatch) return false;
	if (ifNoneMatch.trim() === '*') return true;
	const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
	return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}

interface Body {
	body: string;
	/** Of the body, where something cheaper than hashing all of it is known. */
	etag?: string;
	contentType?: string;
	/** `no-cache` keeps the answer and asks each time whether it still holds: right for what is live. */
	cacheControl?: string;
	/** The body already compressed, where it is at hand; else it is compressed on its way. */
	pack?: () => Promise<{ encoding: string; bytes: Buffer } | undefined>;
}

/** A public GET's answer: 304 where the client already holds it. */
export async function conditional(request: Request, answer: Body): Promise<Response> {
	const { body, contentType = 'application/json', cacheControl = 'public, no-cache' } = answer;
	const etag = answer.etag ?? etagOf(body);
	const headers = { etag, 'cache-control': cacheControl };
	if (matches(request.headers.get('if-none-match'), etag))
		return new Response(null, { status: 304, headers });
	const packed = await answer.pack?.();
	if (packed)
		return new Response(new Uint8Array(packed.bytes), {
			headers: {
				...headers,
				'content-type': contentType,
				'content-encoding': packed.encoding,
				'content-length': String(packed.bytes.length),
				vary: 'Accept-Encoding'
			}
		});
	// The length lets what is too short to gain from compression travel plain.
	const length = String(Buffer.byteLength(body));
	return new Response(body, {
		headers: { ...headers, 'content-type': contentType, 'content-length': length }
	});
}
