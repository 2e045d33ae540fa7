import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

const NAME = 'manifest.json';
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const schema = v.object({
	format: v.literal('capitoul-backup-1'),
	/** Of Capitoul, when the backup was made. */
	version: v.string(),
	at: v.pipe(v.string(), v.isoTimestamp()),
	engines: v.record(v.string(), v.string()),
	/** Of PostgreSQL's schema, oldest first; empty where it is not part of the backup. */
	migrations: v.array(v.string()),
	/** What each part holds: rows of a table, values of a bucket, files of a folder. */
	parts: v.record(v.string(), v.record(v.string(), count)),
	files: v.record(
		v.pipe(v.string(), v.regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))/, 'must stay in the backup')),
		v.object({ bytes: count, sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })
	),
	/** Names of the secrets that stood there and were not copied. */
	secretsLeftOut: v.array(v.string())
});

/** What a backup says of itself: versions, counts, and a print of each file. */
export type Manifest = v.InferOutput<typeof schema>;

/** Every file under a folder, relative, in order. */
export function filesOf(folder: string): string[] {
	return fs
		.readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
		.sort();
}

async function print(file: string): Promise<{ bytes: number; sha256: string }> {
	const hash = createHash('sha256');
	let bytes = 0;
	for await (const chunk of fs.createReadStream(file) as AsyncIterable<Buffer>) {
		hash.update(chunk);
		bytes += chunk.length;
	}
	return { bytes, sha256: hash.digest('hex') };
}

/** Has the disk hold what was written: a file, or the names in a folder. */
export function settle(place: string): void {
	const handle = fs.openSync(place, 'r');
	fs.fsyncSync(handle);
	fs.closeSync(handle);
}

/** Prints every file of `folder`, and writes the manifest last: a folder without one is no backup. */
export async function seal(folder: string, told: Omit<Manifest, 'format' | 'files'>) {
	const files: Manifest['files'] = {};
	for (const name of filesOf(folder)) {
		const file = path.join(folder, name);
		files[name] = await print(file);
		settle(file);
	}
	const manifest: Manifest = { format: 'capitoul-backup-1', ...told, files };
	const coming = path.join(folder, `${NAME}.coming`);
	fs.writeFileSync(coming, `${JSON.stringify(manifest, null, '\t')}\n`, { flush: true });
	fs.renameSync(coming, path.join(folder, NAME));
	const folders = fs
		.readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isDirectory());
	for (const entry of folders) settle(path.join(entry.parentPath, entry.name));
	settle(folder);
	return manifest;
}

/** Reads a backup's manifest and compares each file with its print. Throws at the first that is missing or damaged. */
export async function open(folder: string): Promise<Manifest> {
	const file = path.join(folder, NAME);
	if (!fs.existsSync(file)) throw new Error(`${folder} holds no backup: there is no ${NAME}`);
	const read = v.safeParse(schema, JSON.parse(fs.readFileSync(file, 'utf8')));
	if (!read.success) throw new Error(`${file} cannot be read: ${read.issues[0].message}`);
	for (const [name, { bytes, sha256 }] of Object.entries(read.output.files)) {
		const stored = path.join(folder, name);
		if (!fs.existsSync(stored)) throw new Error(`${stored} is missing: nothing was restored`);
		const now = await print(stored);
		if (now.bytes !== bytes || now.sha256 !== sha256)
			throw new Error(`${stored} is damaged: nothing was restored`);
	}
	return read.output;
}
