import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { StartError } from '../start-error.ts';
import { SERVICES, type Role, type ServiceName } from './rights.ts';

const scrypt = promisify(crypto.scrypt) as (
	password: Buffer,
	salt: Buffer,
	length: number
) => Promise<Buffer>;
const KEY_BYTES = 32;
const FORM = /^scrypt:([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/** A device's user name is the id of the entity it speaks for: `{layer}-{system}-{ref}` in `[a-z0-9-]`. */
export const isDeviceId = (id: string) =>
	/^[a-z][a-z0-9]*-[a-z0-9]+-[a-z0-9][a-z0-9-]*$/.test(id) && id.length <= 128;

const secretsFile = v.record(v.string(), v.string());

/** A JSON object of strings in a file only its owner may read; written whole, beside and then renamed. */
class SecretFile {
	readonly path: string;
	#seen = '';
	#values: ReadonlyMap<string, string> = new Map();

	constructor(file: string) {
		this.path = file;
	}

	/** The values as the file has them now: an edit by another process counts at the next call. */
	read(): ReadonlyMap<string, string> {
		const stat = fs.statSync(this.path, { throwIfNoEntry: false });
		const seen = stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : '';
		if (seen !== this.#seen) {
			this.#values = stat ? this.#parse() : new Map();
			this.#seen = seen;
		}
		return this.#values;
	}

	#parse(): ReadonlyMap<string, string> {
		try {
			const json = JSON.parse(fs.readFileSync(this.path, 'utf8')) as unknown;
			return new Map(Object.entries(v.parse(secretsFile, json)));
		} catch (error) {
			// Never made anew: somebody may still mend what is written there.
			throw new StartError(
				`${this.path} cannot be read as JSON of names and secrets: mend it, or remove it to have a new one made`,
				{ cause: error }
			);
		}
	}

	write(values: ReadonlyMap<string, string>): void {
		fs.mkdirSync(path.dirname(this.path), { recursive: true });
		const beside = `${this.path}.${process.pid}.new`;
		fs.writeFileSync(beside, `${JSON.stringify(Object.fromEntries(values), null, '\t')}\n`, {
			mode: 0o600,
			flush: true
		});
		fs.renameSync(beside, this.path);
	}
}

/** Equal without telling by the time taken where they differ. */
function equal(a: string | Buffer, b: string | Buffer): boolean {
	const digest = (x: string | Buffer) => crypto.createHash('sha256').update(x).digest();
	return crypto.timingSafeEqual(digest(a), digest(b));
}

export async function hashPassword(password: string): Promise<string> {
	const salt = crypto.randomBytes(16);
	const key = await scrypt(Buffer.from(password), salt, KEY_BYTES);
	return `scrypt:${salt.toString('base64')}:${key.toString('base64')}`;
}

/** The devices of `DATA_DIR/devices.json`: id → scrypt hash. */
export class Devices {
	readonly #file: SecretFile;
	// A device that reconnects, or speaks through HTTP at each reading, must not cost 50 ms of scrypt each time.
	readonly #proved = new Map<string, Buffer>();
	readonly #key = crypto.randomBytes(32);

	constructor(dataDir: string) {
		this.#file = new SecretFile(path.join(dataDir, 'devices.json'));
	}

	ids(): string[] {
		return [...this.#file.read().keys()].sort();
	}

	/** Makes a password, keeps its hash and returns it: it is shown once. An id already there gets a new one. */
	async add(id: string): Promise<string> {
		const password = crypto.randomBytes(18).toString('base64url');
		const hash = await hashPassword(password);
		this.#file.write(new Map(this.#file.read()).set(id, hash));
		return password;
	}

	/** False when there was none. */
	remove(id: string): boolean {
		const values = new Map(this.#file.read());
		const there = values.delete(id);
		if (there) this.#file.write(values);
		return there;
	}

	/** The stored hash, which changes when the password does; undefined for an id that is not there. */
	hash(id: string): string | undefined {
		return this.#file.read().get(id);
	}

	async check(id: string, password: Buffer): Promise<boolean> {
		const stored = this.hash(id);
		const [, salt, key] = FORM.exec(stored ?? '') ?? [];
		const mark = crypto
			.createHmac('sha256', this.#key)
			.update(`${id}\n${stored ?? ''}\n`)
			.update(password)
			.digest();
		const proved = this.#proved.get(id);
		if (proved && crypto.timingSafeEqual(proved, mark)) return true;
		// An unknown id takes as long as a wrong password.
		const wanted = Buffer.from(key ?? '', 'base64');
		const got = await scrypt(password, Buffer.from(salt ?? 'AAAA', 'base64'), KEY_BYTES);
		if (wanted.length !== got.length || !crypto.timingSafeEqual(wanted, got)) return false;
		if (this.#proved.size >= MAX_PROVED) this.#proved.clear();
		this.#proved.set(id, mark);
		return true;
	}
}
const MAX_PROVED = 20_000;

/**
 * Passwords of our own services for the embedded broker, made at the first start in `DATA_DIR/accounts.json`: whoever
 * may read that file (the same user on the same machine) may sign in as a service.
 */
export function serviceAccounts(dataDir: string): Record<ServiceName, string> {
	const file = new SecretFile(path.join(dataDir, 'accounts.json'));
	const values = new Map(file.read());
	const missing = SERVICES.filter((name) => !values.get(name));
	for (const name of missing) values.set(name, crypto.randomBytes(24).toString('base64url'));
	if (missing.length > 0) file.write(values);
	return Object.fromEntries(values) as Record<ServiceName, string>;
}

/** Who may sign in. A name given is always checked, whatever the listener. */
export interface Credentials {
	/** Undefined: refused. */
	check: (username: string, password: Buffer) => Promise<Role | undefined>;
	/** Whether who signed in then still may: false once the device was removed or given another password. */
	stands: (role: Role) => boolean;
}

/** Who may sign in to the embedded broker: services by their account, devices by their own or the shared password. */
export function credentials(
	dataDir: string,
	devicePassword: string | undefined,
	devices = new Devices(dataDir)
): Credentials {
	const accounts = serviceAccounts(dataDir);
	const proofs = new WeakMap<Role, string>(); // the hash a device signed in with
	return {
		async check(username, password) {
			const name = SERVICES.find((service) => service === username);
			if (name) return equal(password, accounts[name]) ? { kind: 'service', name } : undefined;
			if (!isDeviceId(username)) return undefined;
			const role: Role = { kind: 'device', id: username };
			if (devicePassword !== undefined && equal(password, devicePassword)) return role;
			const proof = devices.hash(username);
			if (!(await devices.check(username, password)) || proof === undefined) return undefined;
			proofs.set(role, proof);
			return role;
		},
		stands(role) {
			const proof = proofs.get(role);
			return proof === undefined || role.kind !== 'device' || devices.hash(role.id) === proof;
		}
	};
}
