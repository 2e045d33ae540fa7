import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

/** Where photos lie: `DATA_DIR/photos/{two letters}/{name}.jpg`. */
export interface PhotoFiles {
	/**
	 * Writes one photo and answers its name once the bytes, the file's name and its folder are on the disk: a power cut
	 * after that takes nothing, one before leaves at most a file nobody names.
	 */
	keep(bytes: Uint8Array): Promise<string>;
	read(file: string): Promise<Buffer>;
	/** Removes them; one that is gone already is no matter. */
	remove(files: readonly string[]): Promise<void>;
	/** Removes files older than `before` (ms) that `named` does not know: what a killed upload left. */
	sweep(
		named: (files: readonly string[]) => Promise<ReadonlySet<string>>,
		before: number
	): Promise<number>;
	/** Absolute path, for an agent who looks at it. */
	path(file: string): string;
}

const NAME = /^[0-9a-f]{2}\/[0-9a-f]{32}\.jpg$/;

/** Photos in the folder `photos` of a data folder. */
export function photoFiles(dataDir: string): PhotoFiles {
	const root = path.join(dataDir, 'photos');
	const place = (file: string) => {
		// Names come from our own table; a damaged one must not reach out of the folder.
		if (!NAME.test(file)) throw new Error(`no name of a photo: ${file}`);
		return path.join(root, file);
	};
	return {
		path: place,
		async keep(bytes) {
			const name = randomBytes(16).toString('hex');
			const file = `${name.slice(0, 2)}/${name}.jpg`;
			const folder = path.dirname(place(file));
			const made = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
			const part = `${place(file)}.part`;
			try {
				const handle = await fs.open(part, 'wx', 0o600);
				try {
					await handle.writeFile(bytes);
					await handle.sync();
				} finally {
					await handle.close();
				}
				await fs.rename(part, place(file));
				await syncFolder(folder);
				// A folder is a name in the one above it.
				if (made !== undefined) for (const above of [root, dataDir]) await syncFolder(above);
				return file;
			} catch (error) {
				for (const half of [part, place(file)]) await fs.rm(half, { force: true }).catch(() => {});
				throw error;
			}
		},
		read: (file) => fs.readFile(place(file)),
		async remove(files) {
			for (const file of files) await fs.rm(place(file), { force: true });
		},
		async sweep(named, before) {
			let swept = 0;
			for (const folder of await fs.readdir(root).catch(() => [] as string[])) {
				const inside = await fs.readdir(path.join(root, folder)).catch(() => [] as string[]);
				const known = await named(inside.map((name) => `${folder}/${name}`));
				for (const name of inside) {
					if (known.has(`${folder}/${name}`)) continue;
					const file = path.join(root, folder, name);
					const { mtimeMs } = await fs.stat(file).catch(() => ({ mtimeMs: Infinity }));
					if (mtimeMs >= before) continue;
					await fs.rm(file, { force: true });
					swept++;
				}
			}
			return swept;
		}
	};
}

async function syncFolder(folder: string): Promise<void> {
	const handle = await fs.open(folder, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
