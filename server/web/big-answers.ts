import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

type Encoding = 'br' | 'gzip';

interface Answer {
	body: string;
	etag: string;
}

interface Kept extends Answer {
	/** What the answer was made from: another version makes it again. */
	version: string;
	packed: Map<Encoding, Promise<Buffer>>;
}

const compress = {
	br: (text: string) =>
		promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
	gzip: (text: string) => promisify(gzip)(text, { level: 6 })
};

const WORTH_KEEPING = 64 * 1024;
const MAX_KEPT = 8; // the whole city and its layers one by one; at 3 MB each at most 24 MB

/**
 * Keeps the few big answers everybody asks for, with their compressed forms: compressing a city of 5,000 entities costs
 * ten times as much as putting it together. An answer is kept only as long as nothing it is made from has changed.
 */
export class BigAnswers {
	#kept = new Map<string, Kept>();

	/** The answer of `key` at `version`, made by `make` where it is not at hand. */
	get(key: string, version: string, make: () => Answer): Kept {
		const known = this.#kept.get(key);
		if (known?.version === version) return known;
		const made = make();
		// The same content under a new version keeps its compressed forms.
		const packed = known?.etag === made.etag ? known.packed : undefined;
		const kept = { ...made, ...(packed && known), version, packed: packed ?? new Map() };
		this.#kept.delete(key);
		if (kept.body.length < WORTH_KEEPING) return kept;
		this.#kept.set(key, kept);
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
		return kept;
	}

	/** The compressed form of a kept answer; undefined where it is too small to be worth it or nothing is accepted. */
	async pack(
		kept: Kept,
		acceptEncoding: string | null
	): Promise<{ encoding: Encoding; bytes: Buffer } | undefined> {
		const encoding = accepted(acceptEncoding);
		if (!encoding || kept.body.length < WORTH_KEEPING) return undefined;
		let packing = kept.packed.get(encoding);
		if (!packing) kept.packed.set(encoding, (packing = compress[encoding](kept.body)));
		return { encoding, bytes: await packing };
	}
}

/** Brotli where the visitor reads it, else gzip. */
function accepted(header: string | null): Encoding | undefined {
	const names = (header ?? '')
		.toLowerCase()
		.split(',')
		.map((part) => part.replace(/\s/g, ''))
		.filter((part) => !/;q=0(\.0*)?$/.test(part))
		.map((part) => part.split(';', 1)[0]);
	return names.includes('br') ? 'br' : names.includes('gzip') ? 'gzip' : undefined;
}
