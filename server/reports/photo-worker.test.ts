import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { photoWorker } from './photo-worker.ts';
import { aPhoto } from './testing.ts';

const worker = photoWorker();
afterAll(() => worker.close());

const SECRET = 'SECRET-43.6045-1.4442';

/** A PNG chunk with its length and sum. */
function chunk(type: string, data: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	const named = Buffer.concat([Buffer.from(type), data]);
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(named));
	return Buffer.concat([length, named, sum]);
}

/** A PNG of that size whose pixels are all but absent: a bomb where it is decoded. */
function png(width: number, height: number, extra: Buffer[] = []): Buffer {
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 2, 0, 0, 0], 8);
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk('IHDR', head),
		...extra,
		chunk('IDAT', deflateSync(Buffer.alloc((width * 3 + 1) * Math.min(height, 4)))),
		chunk('IEND', Buffer.alloc(0))
	]);
}

/** A JPEG with every place a camera hides a position, and a tail after its end. */
async function telling(): Promise<Buffer> {
	const plain = await sharp({
		create: { width: 40, height: 20, channels: 3, background: '#123456' }
	})
		.withExif({
			IFD0: { Copyright: SECRET, ImageDescription: SECRET },
			IFD3: { GPSLatitude: '43/1 36/1 16/1', GPSLatitudeRef: 'N' }
		})
		.withMetadata({ orientation: 6 })
		.jpeg()
		.toBuffer();
	const segment = (marker: number, text: string) => {
		const data = Buffer.from(text, 'latin1');
		const head = Buffer.from([0xff, marker, 0, 0]);
		head.writeUInt16BE(data.length + 2, 2);
		return Buffer.concat([head, data]);
	};
	return Buffer.concat([
		plain.subarray(0, 2),
		segment(0xe1, `http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>${SECRET}</x:xmpmeta>`),
		segment(0xed, `Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20${SECRET}`),
		segment(0xe5, `MakerNote ${SECRET}`),
		segment(0xfe, SECRET),
		plain.subarray(2),
		Buffer.from(`PK\x03\x04${SECRET}<script>alert(1)</script>`)
	]);
}

test('nothing but pixels comes through, and they stand upright', async () => {
	const sent = await telling();
	expect(sent.toString('latin1')).toContain(SECRET);
	const { bytes, width, height } = await worker.bare(sent);
	const text = Buffer.from(bytes).toString('latin1');
	for (const trace of [
		SECRET,
		'Exif',
		'xmpmeta',
		'8BIM',
		'MakerNote',
		'GPS',
		'PK\x03\x04',
		'script'
	])
		expect(text).not.toContain(trace);
	expect([width, height]).toEqual([20, 40]);
	const made = await sharp(bytes).metadata();
	expect([made.format, made.exif, made.xmp, made.iptc, made.icc, made.orientation]).toEqual([
		'jpeg',
		undefined,
		undefined,
		undefined,
		undefined,
		undefined
	]);
});

test('words hidden in a PNG are gone, its transparency stands on white', async () => {
	const text = chunk('tEXt', Buffer.from(`Comment\0${SECRET}`));
	const sent = png(4, 4, [text, chunk('eXIf', Buffer.from(`MM\0*${SECRET}`))]);
	const { bytes } = await worker.bare(sent);
	expect(Buffer.from(bytes).toString('latin1')).not.toContain(SECRET);
});

test.each([
	['PNG', () => aPhoto('png')],
	['WebP', () => aPhoto('webp')],
	[
		'16 bit PNG',
		async () =>
			sharp(await aPhoto())
				.toColourspace('rgb16')
				.png()
				.toBuffer()
	],
	[
		'CMYK JPEG',
		async () =>
			sharp(await aPhoto())
				.toColourspace('cmyk')
				.jpeg()
				.toBuffer()
	],
	[
		'grey JPEG',
		async () =>
			sharp(await aPhoto())
				.greyscale()
				.jpeg()
				.toBuffer()
	]
])('%s becomes a plain sRGB JPEG', async (_kind, make) => {
	const { bytes } = await worker.bare(await make());
	const made = await sharp(bytes).metadata();
	expect([made.format, made.width, made.height, made.depth]).toEqual(['jpeg', 32, 16, 'uchar']);
	expect(['srgb', 'b-w']).toContain(made.space);
});

test('an animation keeps its first picture only', async () => {
	const frames = sharp({ create: { width: 8, height: 24, channels: 3, background: '#fff' } });
	const raw = await frames.raw().toBuffer();
	const animated = await sharp(raw, { raw: { width: 8, height: 24, channels: 3, pageHeight: 8 } })
		.webp({ loop: 0, delay: [100, 100, 100] })
		.toBuffer();
	const { width, height } = await worker.bare(animated);
	expect([width, height]).toEqual([8, 8]);
});

test('a large photo is made smaller', async () => {
	const { width, height } = await worker.bare(await aPhoto('jpeg', 4_000, 1_000));
	expect([width, height]).toEqual([2_048, 512]);
});

test.each<[string, string, () => Buffer | Promise<Buffer>]>([
	['30,000 × 30,000 pixels', 'photo_too_large', () => png(30_000, 30_000)],
	['more than 10 MB', 'photo_too_large', () => Buffer.alloc(10 * 1024 * 1024 + 1, 0xff)],
	['SVG', 'photo_invalid', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
	['GIF', 'photo_invalid', () => Buffer.from('GIF89a\x01\0\x01\0')],
	['PDF', 'photo_invalid', () => Buffer.from('%PDF-1.7')],
	[
		'HTML with the head of a JPEG',
		'photo_invalid',
		() => Buffer.from('\xff\xd8\xff<html>', 'latin1')
	],
	['nothing', 'photo_invalid', () => Buffer.alloc(0)],
	[
		'a JPEG cut in the middle',
		'photo_invalid',
		async () => (await aPhoto('jpeg', 400, 400)).subarray(0, 700)
	],
	['a PNG without its pixels', 'photo_invalid', () => png(4, 4).subarray(0, 44)]
])('%s: refused, and the next photo is taken', async (_what, code, make) => {
	await expect(worker.bare(await make())).rejects.toMatchObject({ code });
	expect((await worker.bare(await aPhoto())).width).toBe(32);
});

/** A decoder that misbehaves as `code` says. */
function misbehaving(code: string): string {
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'decoder-')), 'decoder.mjs');
	fs.writeFileSync(file, `process.on('message', () => { ${code} });`);
	return file;
}

test.each([
	['hangs', 'for (;;);'],
	['never answers', ''],
	['eats memory', 'const all = []; setInterval(() => all.push(Buffer.alloc(5e7, 1)), 5);'],
	['crashes', 'process.kill(process.pid, "SIGSEGV");'],
	['ends', 'process.exit(0);']
])('a decoder that %s is ended and the photo refused; the app lives', async (_what, code) => {
	const one = photoWorker({
		program: misbehaving(code),
		timeMs: 1_000,
		memory: 300 * 1024 * 1024
	});
	try {
		await expect(one.bare(await aPhoto())).rejects.toMatchObject({ code: 'photo_invalid' });
		await expect(one.bare(await aPhoto())).rejects.toMatchObject({ code: 'photo_invalid' });
	} finally {
		await one.close();
	}
});

test('photos wait in a queue of a bounded length', async () => {
	const one = photoWorker({ waiting: 2 });
	try {
		const photo = await aPhoto();
		const all = await Promise.allSettled([one.bare(photo), one.bare(photo), one.bare(photo)]);
		expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
	} finally {
		await one.close();
	}
});
