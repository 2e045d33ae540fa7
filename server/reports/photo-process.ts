import sharp from 'sharp';

// Run by `fork` from photos.ts: a decoder that crashes, hangs or eats memory takes this process with it and no other.

/** 40 million pixels: more than any phone, a sixth of what the decoder itself would take. */
export const MAX_PIXELS = 40_000_000;
/** The longer side of what is kept. */
const LONGEST = 2_048;

export interface PhotoOrder {
	n: number;
	bytes: Uint8Array;
}

export type PhotoResult = { n: number } & (
	| { ok: true; bytes: Uint8Array; width: number; height: number }
	| { ok: false; why: 'unreadable' | 'too_large'; detail: string }
);

// Every loader but three is shut: what pretends to be a photo never reaches a parser of SVG, PDF or TIFF.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
	operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer']
});
sharp.concurrency(1);
sharp.cache(false);

/**
 * The picture alone, made anew as an sRGB JPEG, upright and at most `LONGEST` pixels long: no EXIF, XMP, IPTC, profile,
 * comment, thumbnail, second frame or hidden tail comes through, because nothing but pixels does.
 */
export async function bare({ n, bytes }: PhotoOrder): Promise<PhotoResult> {
	try {
		const options = { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 } as const;
		// Read from the header alone, before a pixel is decoded.
		const { width = 0, height = 0 } = await sharp(bytes, {
			...options,
			limitInputPixels: false
		}).metadata();
		if (width * height > MAX_PIXELS)
			return { n, ok: false, why: 'too_large', detail: `${width} × ${height}` };
		const { data, info } = await sharp(bytes, options)
			.autoOrient()
			.resize(LONGEST, LONGEST, { fit: 'inside', withoutEnlargement: true })
			.flatten({ background: '#fff' })
			.toColourspace('srgb')
			.jpeg({ quality: 82 })
			.toBuffer({ resolveWithObject: true });
		return { n, ok: true, bytes: data, width: info.width, height: info.height };
	} catch (error) {
		const detail = error instanceof Error ? error.message : String(error);
		return { n, ok: false, why: 'unreadable', detail: detail.slice(0, 200) };
	}
}

process.on('message', (order: PhotoOrder) => {
	void bare(order).then((result) => process.send?.(result));
});
// The app went away without a word: nobody waits for an answer any more.
process.on('disconnect', () => process.exit(0));
