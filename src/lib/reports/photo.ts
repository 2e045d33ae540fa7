import { bareJpeg } from './jpeg.ts';
import { hide, type Zone } from './mosaic.ts';

/** The longer side of a photo that leaves the phone, in pixels. */
export const LONGEST = 2_048;
/** A photo heavier than this is coded a little coarser: it must leave over a bad line. */
const HEAVY = 900_000;
const QUALITIES = [0.82, 0.7, 0.55] as const;

/** Why a photo cannot be taken in. */
export type PhotoTrouble = 'unreadable' | 'memory';

/**
 * A photo as the phone's own decoder shows it, turned upright and at most `LONGEST` pixels long, on a canvas in memory;
 * nothing of it is kept. Throws `PhotoError` for a file that is no photo this phone reads.
 */
export async function openPhoto(file: Blob): Promise<HTMLCanvasElement> {
	const url = URL.createObjectURL(file);
	try {
		// An <img> honours the orientation written in the file everywhere; createImageBitmap does not on our oldest Safari.
		const image = new Image();
		image.src = url;
		await image.decode().catch((cause: unknown) => {
			throw new PhotoError('unreadable', { cause });
		});
		const { naturalWidth: width, naturalHeight: height } = image;
		if (width === 0 || height === 0) throw new PhotoError('unreadable');
		const scale = Math.min(1, LONGEST / Math.max(width, height));
		const canvas = document.createElement('canvas');
		canvas.width = Math.max(1, Math.round(width * scale));
		canvas.height = Math.max(1, Math.round(height * scale));
		const context = paper(canvas);
		context.imageSmoothingQuality = 'high';
		context.fillStyle = '#fff'; // a transparent PNG stands on white: JPEG knows no transparency
		context.fillRect(0, 0, canvas.width, canvas.height);
		context.drawImage(image, 0, 0, canvas.width, canvas.height);
		return canvas;
	} finally {
		URL.revokeObjectURL(url);
	}
}

/** The photo with its zones hidden for good, as a bare JPEG. The canvas itself is changed: what was hidden is gone there too. */
export async function finishPhoto(
	canvas: HTMLCanvasElement,
	zones: readonly Zone[]
): Promise<ArrayBuffer> {
	if (zones.length > 0) {
		const context = paper(canvas);
		const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
		hide(pixels, zones, Math.random);
		context.putImageData(pixels, 0, 0);
	}
	let bare: Uint8Array<ArrayBuffer> | undefined;
	for (const quality of QUALITIES) {
		bare = bareJpeg(await encoded(canvas, quality));
		if (!bare) throw new PhotoError('memory');
		if (bare.length <= HEAVY) break;
	}
	if (!bare) throw new PhotoError('memory');
	return bare.buffer;
}

/** A photo that could not be taken in; the person may choose another or go on without. */
export class PhotoError extends Error {
	override readonly name = 'PhotoError';
	readonly trouble: PhotoTrouble;
	constructor(trouble: PhotoTrouble, options?: ErrorOptions) {
		super(trouble, options);
		this.trouble = trouble;
	}
}

function paper(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
	const context = canvas.getContext('2d', { willReadFrequently: true });
	// A phone that has no memory left gives none.
	if (!context) throw new PhotoError('memory');
	return context;
}

async function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Uint8Array> {
	const blob = await new Promise<Blob | null>((resolve) =>
		canvas.toBlob(resolve, 'image/jpeg', quality)
	);
	if (!blob) throw new PhotoError('memory');
	return new Uint8Array(await blob.arrayBuffer());
}
