import { AppError } from '../../src/lib/errors.ts';
import { MAX_PHOTO_BYTES, MAX_PHOTOS, MAX_REPORT_BYTES } from '../../src/lib/reports/report.ts';
import { readBody } from '../web/body.ts';

/** Three photos, the words, and what stands between the parts. */
export const MAX_UPLOAD_BYTES = MAX_PHOTOS * MAX_PHOTO_BYTES + MAX_REPORT_BYTES + 16 * 1024;

/** What all uploads at once may hold in memory. */
const ROOM_BYTES = 4 * MAX_UPLOAD_BYTES;

/**
 * Lets uploads in while there is room for what they announce, so that many at once cannot fill the memory. One that
 * announces nothing counts as the largest.
 */
export class Room {
	#free: number;
	constructor(bytes: number = ROOM_BYTES) {
		this.#free = bytes;
	}

	/** Reads a whole body within `max`. Throws `payload_too_large`, `busy`, `upload_incomplete`. */
	async read<T>(request: Request, max: number, use: (body: Buffer) => Promise<T>): Promise<T> {
		const announced = Number(request.headers.get('content-length') ?? NaN);
		if (announced > max) throw new AppError('payload_too_large');
		const needs = Number.isSafeInteger(announced) && announced >= 0 ? announced : max;
		if (needs > this.#free) throw new AppError('busy');
		this.#free -= needs;
		try {
			const body = await readBody(request, max).catch((error: unknown) => {
				if (error instanceof AppError) throw error;
				throw new AppError('upload_incomplete', undefined, { cause: error });
			});
			if (Number.isSafeInteger(announced) && body.length !== announced)
				throw new AppError('upload_incomplete');
			return await use(body);
		} finally {
			this.#free += needs;
		}
	}
}

export interface Upload {
	fields: Map<string, string[]>;
	files: { name: string; bytes: Uint8Array }[];
}

/** A form's parts, whichever of the two ways it was sent. Throws `report_invalid` for one that cannot be read or was cut. */
export async function readForm(body: Buffer, contentType: string): Promise<Upload> {
	const type = contentType.trim();
	if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type))
		throw new AppError('report_invalid', 'the body must be multipart/form-data');
	let form: FormData;
	try {
		form = await new Response(new Uint8Array(body), {
			headers: { 'content-type': type }
		}).formData();
	} catch (error) {
		throw new AppError('report_invalid', 'the form cannot be read to its end', { cause: error });
	}
	const upload: Upload = { fields: new Map(), files: [] };
	for (const [name, part] of form) {
		if (typeof part === 'string')
			upload.fields.set(name, [...(upload.fields.get(name) ?? []), part]);
		else upload.files.push({ name, bytes: new Uint8Array(await part.arrayBuffer()) });
	}
	return upload;
}

/** The part named `report` as JSON, sent as a field or as a file. */
export function jsonPart({ fields, files }: Upload, name: string): unknown {
	const [field] = fields.get(name) ?? [];
	const file = files.find((part) => part.name === name);
	if (field === undefined && !file) throw new AppError('report_invalid', `no part "${name}"`);
	if ((file?.bytes.length ?? field?.length ?? 0) > MAX_REPORT_BYTES)
		throw new AppError('payload_too_large', `"${name}" is longer than 64 KiB`);
	try {
		const text = file ? new TextDecoder('utf-8', { fatal: true }).decode(file.bytes) : field;
		return JSON.parse(text ?? '') as unknown;
	} catch (error) {
		throw new AppError('payload_not_json', `"${name}" is not JSON`, { cause: error });
	}
}
