import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { PackItem } from '../../src/lib/packs/item.ts';
import { versionOf } from './items.ts';

/** Phones that were away longer than so many changes fetch the whole pack. */
const MAX_VERSIONS = 8;

const kept = v.object({
	version: v.string(),
	updated: v.string(),
	checked: v.string(),
	licence: v.string(),
	attribution: v.string(),
	source: v.string(),
	/** Datasets the items came from. */
	datasets: v.array(v.string())
});
export type KeptHead = v.InferOutput<typeof kept>;

const items = v.array(
	v.looseObject({ id: v.string(), name: v.string(), values: v.record(v.string(), v.unknown()) })
);

/**
 * The normalised copies on disk, `{DATA_DIR}/packs/{name}/`: `{version}.json` for each version kept, `head.json` for the one
 * that stands. A version is written before the head that names it; what a crash left half is not read.
 */
export class Shelf {
	#root: string;

	constructor(dataDir: string) {
		this.#root = path.join(dataDir, 'packs');
	}

	/** The copy that stands, or undefined where there is none or it is damaged. */
	read(name: string): { head: KeptHead; items: PackItem[] } | undefined {
		const head = v.safeParse(kept, this.#json(name, 'head.json'));
		if (!head.success) return undefined;
		const found = this.version(name, head.output.version);
		return found && { head: head.output, items: found };
	}

	/** The items of a version, or undefined where it is not kept or is not what its name says. */
	version(name: string, version: string): PackItem[] | undefined {
		if (!/^[\w-]{16}$/.test(version)) return undefined;
		const json = this.#json(name, `${version}.json`);
		// As it was written, key by key: the hash is of the text.
		return v.is(items, json) && versionOf(json as PackItem[]) === version
			? (json as PackItem[])
			: undefined;
	}

	/** Makes this the copy that stands. */
	async write(
		name: string,
		head: KeptHead,
		content: readonly PackItem[] | undefined
	): Promise<void> {
		const folder = path.join(this.#root, name);
		await fs.promises.mkdir(folder, { recursive: true });
		if (content) await replace(path.join(folder, `${head.version}.json`), content);
		await replace(path.join(folder, 'head.json'), head);
		if (content) await this.#prune(folder, head.version);
	}

	#json(name: string, file: string): unknown {
		try {
			return JSON.parse(fs.readFileSync(path.join(this.#root, name, file), 'utf8')) as unknown;
		} catch {
			return undefined;
		}
	}

	async #prune(folder: string, current: string): Promise<void> {
		const files = (await fs.promises.readdir(folder)).filter(
			(file) => file !== 'head.json' && file !== `${current}.json`
		);
		const aged = await Promise.all(
			files.map(async (file) => {
				const full = path.join(folder, file);
				return { full, at: (await fs.promises.stat(full)).mtimeMs };
			})
		);
		aged.sort((a, b) => b.at - a.at);
		for (const { full } of aged.slice(MAX_VERSIONS - 1))
			await fs.promises.rm(full, { force: true });
	}
}

/** The hash is of the text, so the text is written as it was hashed. */
async function replace(file: string, json: unknown): Promise<void> {
	await fs.promises.writeFile(`${file}.new`, JSON.stringify(json), { flush: true });
	await fs.promises.rename(`${file}.new`, file);
}
