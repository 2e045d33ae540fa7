// The library by the author of RFC 8188: the independent word on what we encrypt.
declare module 'http_ece' {
	import type { ECDH } from 'node:crypto';
	export function decrypt(
		body: Buffer,
		params: { version: 'aes128gcm'; privateKey: ECDH; authSecret: string }
	): Buffer;
}
