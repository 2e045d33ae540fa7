import sharp from 'sharp';
import { expect, test } from 'vitest';
import { bareJpeg } from './jpeg.ts';

const SECRET = 'N43.6045-E1.4442';

const noise = () => {
	const data = Buffer.alloc(96 * 64 * 3);
	for (let at = 0; at < data.length; at++) data[at] = (at * 7919) % 251;
	return sharp(data, { raw: { width: 96, height: 64, channels: 3 } });
};

const photo = (progressive: boolean) =>
	noise()
		.withExif({ IFD0: { Copyright: SECRET, Artist: SECRET }, IFD3: { GPSLatitudeRef: 'N' } })
		.withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><gps>${SECRET}</gps></x:xmpmeta>`)
		.withIccProfile('p3')
		.jpeg({ progressive })
		.toBuffer();

/** A segment of `marker` right after the start, as a camera's maker or an editor would add it. */
const withSegment = (jpeg: Uint8Array, marker: number, text: string) => {
	const body = Buffer.from(text);
	const head = Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]);
	return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
};

for (const progressive of [false, true])
	test(`a bare ${progressive ? 'progressive' : 'baseline'} JPEG is the same picture without a word about it`, async () => {
		let full: Uint8Array = await photo(progressive);
		expect(Buffer.from(full).includes(SECRET)).toBe(true);
		for (const marker of [0xe1, 0xe2, 0xed, 0xef, 0xfe]) full = withSegment(full, marker, SECRET);
		full = withSegment(full, 0xe0, `JFXX\0${SECRET}`);
		full = Buffer.concat([full, Buffer.from(`PK${SECRET}`)]);
		const bare = bareJpeg(full);
		if (!bare) throw new Error('not read as a JPEG');
		const text = Buffer.from(bare);
		for (const word of [SECRET, 'Exif', 'xmp', 'ICC_PROFILE', 'Photoshop', 'JFXX'])
			expect(text.includes(word), word).toBe(false);
		const { exif, xmp, iptc, icc } = await sharp(bare).metadata();
		expect([exif, xmp, iptc, icc]).toEqual([undefined, undefined, undefined, undefined]);
		const pixels = (bytes: Uint8Array) => sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
		expect((await pixels(bare)).equals(await pixels(full))).toBe(true);
	});

test('what is no whole JPEG is refused, wherever it is cut', async () => {
	const whole = await photo(false);
	expect(bareJpeg(await noise().png().toBuffer())).toBeUndefined();
	expect(bareJpeg(new Uint8Array())).toBeUndefined();
	for (let end = 0; end < whole.length - 1; end += 13)
		expect(bareJpeg(whole.subarray(0, end))).toBeUndefined();
});
