import { createECDH } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import { StartError } from '../start-error.ts';
import type { KeyPair } from './vapid.ts';

/**
 * The city's key pair: the one given; else the one made at the first start, in `vapid.json` of the data folder, or in
 * PostgreSQL, which processes on several hosts share where they share no folder. Whoever is first makes it, the others read it.
 */
export async function vapidKeys(
	{ push, dataDir }: Pick<Config, 'push' | 'dataDir'>,
	{ db, engine }: Pick<Database, 'db' | 'engine'>
): Promise<KeyPair> {
	if (push.vapid) return push.vapid;
	const file = path.join(dataDir, 'vapid.json');
	if (engine === 'sqlite') return readFile(file) ?? makeFile(file);
	// A city that moves to PostgreSQL keeps its subscribers.
	const { publicKey, privateKey } = readFile(file) ?? makeKeys();
	await db
		.insertInto('push_keys')
		.values({ id: 1, public_key: publicKey, private_key: privateKey })
		.onConflict((oc) => oc.doNothing())
		.execute();
	const row = await db
		.selectFrom('push_keys')
		.selectAll()
		.where('id', '=', 1)
		.executeTakeFirstOrThrow();
	return { publicKey: row.public_key, privateKey: row.private_key };
}

/** A new pair; the secret keeps its leading zeros. */
export function makeKeys(): KeyPair {
	const pair = createECDH('prime256v1');
	const publicKey = pair.generateKeys('base64url');
	const secret = pair.getPrivateKey();
	return {
		publicKey,
		privateKey: Buffer.concat([Buffer.alloc(32 - secret.length), secret]).toString('base64url')
	};
}

function makeFile(file: string): KeyPair {
	// Whole under another name first: a process that starts at the same moment never reads half of it.
	const draft = `${file}.${process.pid}`;
	fs.writeFileSync(draft, JSON.stringify(makeKeys()), { mode: 0o600, flush: true });
	try {
		fs.linkSync(draft, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	} finally {
		fs.rmSync(draft);
	}
	const kept = readFile(file);
	if (!kept) throw new StartError(`${file} cannot be read`);
	return kept;
}

function readFile(file: string): KeyPair | undefined {
	let text: string;
	try {
		text = fs.readFileSync(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw new StartError(`${file} cannot be read`, { cause: error });
	}
	try {
		const { publicKey, privateKey } = JSON.parse(text) as Record<string, unknown>;
		if (typeof publicKey === 'string' && typeof privateKey === 'string')
			return { publicKey, privateKey };
	} catch {
		// told below, with the way out
	}
	throw new StartError(
		`${file} is not the key pair it was: put a backup in its place, or remove it, and every phone subscribes again`
	);
}
