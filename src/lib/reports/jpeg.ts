const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP14 = 0xee;

/** JFIF's own header; « JFXX », which may hold a small picture of the former photo, shares its marker. */
const JFIF = [0x4a, 0x46, 0x49, 0x46, 0];

/**
 * A JPEG with nothing in it but the picture: no EXIF, XMP, IPTC, colour profile, comment, thumbnail, nor anything after its
 * end. A canvas writes none of these; this makes it certain, whatever the browser. Undefined where `bytes` is no whole JPEG.
 */
export function bareJpeg(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
	if (bytes[0] !== 0xff || bytes[1] !== SOI) return undefined;
	const kept: Uint8Array[] = [bytes.subarray(0, 2)];
	let at = 2;
	for (;;) {
		if (bytes[at] !== 0xff) return undefined;
		while (bytes[at + 1] === 0xff) at++; // fill bytes (ITU T.81, B.1.1.2)
		const marker = bytes[at + 1];
		if (marker === undefined) return undefined;
		if (marker === EOI) {
			kept.push(bytes.subarray(at, at + 2));
			return joined(kept);
		}
		const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
		let end = at + 2 + length;
		if (length < 2 || end > bytes.length) return undefined;
		if (marker === SOS) end = scanEnd(bytes, end);
		if (isPicture(marker, bytes.subarray(at + 4, end))) kept.push(bytes.subarray(at, end));
		at = end;
	}
}

/** Where the coded picture after a scan's header ends: at the next marker that is neither stuffing nor a restart. */
function scanEnd(bytes: Uint8Array, from: number): number {
	for (let at = from; at < bytes.length; at++) {
		if (bytes[at] !== 0xff) continue;
		const next = bytes[at + 1];
		if (next === undefined) break;
		if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
	}
	return bytes.length;
}

/** Tables, frames and scans; of what applications add only JFIF and Adobe's colour transform, without which colours turn. */
function isPicture(marker: number, body: Uint8Array): boolean {
	if (marker === APP0) return JFIF.every((byte, at) => body[at] === byte) && body.length === 14;
	if (marker === APP14) return body.length === 12;
	return marker >= 0xc0 && marker <= 0xdf;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
