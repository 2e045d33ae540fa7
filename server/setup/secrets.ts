import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import webPush from 'web-push';
import { mosquittoAcl, mosquittoConf, setPasswd, SHIPPED } from '../broker/mosquitto.ts';
import { SERVICES } from '../broker/rights.ts';

/** 192 random bits as text that needs quoting nowhere. */
export const random = () => crypto.randomBytes(24).toString('base64url');

/** Accounts that stand for one container each; `capitoul`, the whole program in one process, has no part in this stack. */
const ACCOUNTS = SERVICES.filter((name) => name !== 'capitoul');

/** The lines of a password file by name. */
function known(passwd: string): Set<string> {
	if (!fs.existsSync(passwd)) return new Set();
	const lines = fs.readFileSync(passwd, 'utf8').split('\n');
	return new Set(lines.map((line) => line.split(':', 1)[0] ?? ''));
}

/**
 * Makes every secret of the stack that is missing, one file each, readable by their owner only. What is there stays: a
 * second run changes nothing. Mosquitto's rights and configuration hold no secret and are written as this version has
 * them. Returns the names made.
 */
export function makeSecrets(folder: string): string[] {
	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	const made: string[] = [];
	const secret = (name: string, value: () => string): string => {
		const file = path.join(folder, name);
		if (!fs.existsSync(file)) {
			fs.writeFileSync(file, value(), { mode: 0o600, flag: 'wx', flush: true });
			made.push(name);
		}
		return fs.readFileSync(file, 'utf8');
	};
	secret('mqtt_share_group', random);
	secret('influx_admin_password', random);
	secret('influx_admin_token', () => crypto.randomBytes(48).toString('base64url'));
	const postgres = secret('postgres_password', random);
	secret('database_url', () => `postgres://capitoul:${postgres}@postgres:5432/capitoul`);
	secret('grafana_admin_password', random);
	secret('node_red_credential_secret', random);
	const half = ['vapid_public_key', 'vapid_private_key'].filter((name) =>
		fs.existsSync(path.join(folder, name))
	);
	if (half.length === 1)
		throw new Error(`${folder} holds ${String(half[0])} alone: its other half is in a backup`);
	let pair: webPush.VapidKeys | undefined;
	const keys = () => (pair ??= webPush.generateVAPIDKeys());
	secret('vapid_public_key', () => keys().publicKey);
	secret('vapid_private_key', () => keys().privateKey);

	const mosquitto = path.join(folder, 'mosquitto');
	fs.mkdirSync(mosquitto, { recursive: true, mode: 0o700 });
	const passwd = path.join(mosquitto, 'passwd');
	const there = known(passwd);
	for (const name of ACCOUNTS) {
		const password = secret(`mqtt_${name}`, random);
		if (!there.has(name)) setPasswd(passwd, name, password);
	}
	fs.writeFileSync(path.join(mosquitto, 'acl'), mosquittoAcl(), { mode: 0o600 });
	fs.writeFileSync(path.join(mosquitto, 'mosquitto.conf'), mosquittoConf(SHIPPED), { mode: 0o600 });
	return made;
}
