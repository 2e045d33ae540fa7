/** What a photo may be, by its first bytes; a name or a content type proves nothing. */
export type PhotoKind = 'jpeg' | 'png' | 'webp';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The kind of a photo, or undefined for anything else: SVG, GIF, TIFF, HEIC, PDF, text. */
export function photoKind(bytes: Uint8Array): PhotoKind | undefined {
	const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12));
	if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'jpeg';
	if (head.subarray(0, 8).equals(PNG)) return 'png';
	if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP')
		return 'webp';
	return undefined;
}
