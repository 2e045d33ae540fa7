// node server/broker/mosquitto.ts FOLDER [--bind ADDRESS] [--port N] [--ws-port N] [--device ID=PASSWORD]…
// Writes mosquitto.conf, acl and passwd, from the same table of rights as the embedded broker's.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PREFIX } from '../../src/lib/topics.ts';
import { isDeviceId, serviceAccounts } from './credentials.ts';
import { RIGHTS, SERVICES } from './rights.ts';

export interface MosquittoOptions {
	/** Folder of the files, as Mosquitto sees it. */
	folder: string;
	/** Folder of its database, as Mosquitto sees it. */
	data?: string;
	bind?: string;
	port?: number;
	webSocketPort?: number;
	/** A listener for devices outside: its port, and the folder of `server.crt` and `server.key` as Mosquitto sees it. */
	tls?: { port: number; folder: string };
}

/** As `docker-compose.yml` mounts it. */
export const SHIPPED: MosquittoOptions = {
	folder: '/mosquitto/config',
	data: '/mosquitto/data',
	bind: '0.0.0.0',
	tls: { port: 8883, folder: '/run/secrets' }
};

/**
 * The configuration for Mosquitto 2. One password file and one list of rights for all listeners: an anonymous listener
 * without a password file would take any user name unproved, rights included (DESIGN 7.4).
 */
export function mosquittoConf(options: MosquittoOptions): string {
	const { folder, data = folder, bind = '127.0.0.1', port = 1883, webSocketPort = 9001 } = options;
	const tls = options.tls
		? `
# Devices outside: this certificate is the one people's browsers see too. TLS 1.2 is the least, many devices have no 1.3.
listener ${options.tls.port} ${bind}
max_connections 20000
certfile ${options.tls.folder}/server.crt
keyfile ${options.tls.folder}/server.key
tls_version tlsv1.2
`
		: '';
	return `# Mosquitto 2 for Capitoul. Written by server/broker/mosquitto.ts.

# One password file and one list of rights for every listener: a name given is always checked.
per_listener_settings false
allow_anonymous true
password_file ${folder}/passwd
acl_file ${folder}/acl

listener ${port} ${bind}
max_connections 20000
listener ${webSocketPort} ${bind}
protocol websockets
max_connections 20000
${tls}
# An acknowledged reading is on disk within 5 s: what a killed broker can lose.
persistence true
persistence_location ${data}/
autosave_interval 5
persistent_client_expiration 1d

# The intake acknowledges late, so its queue stands here: 10 minutes of 1,000 readings a second while the database or
# the intake is away. Mosquitto's own 1,000 lose acknowledged readings in the first second, without telling anybody.
max_queued_messages 600000
max_queued_bytes 268435456
max_inflight_messages 2000

max_packet_size 262144
set_tcp_nodelay true
log_type error
log_type warning
log_type notice
connection_messages false
log_dest stderr
`;
}

/** The rights as Mosquitto's \x: lines before the first user are everybody's without a name. */
export function mosquittoAcl(): string {
	const lines = (name: 'phone' | (typeof SERVICES)[number]) => [
		...RIGHTS[name].subscribe.map((filter) => `topic read ${PREFIX}/${filter}`),
		...RIGHTS[name].publish.map((filter) => `topic write ${PREFIX}/${filter}`)
	];
	return [
		'# Written by server/broker/mosquitto.ts from server/broker/rights.ts. What no line grants is refused, $SYS included.',
		'',
		'# Phones: anybody without a name.',
		...lines('phone'),
		...SERVICES.flatMap((name) => ['', `user ${name}`, ...lines(name)]),
		'',
		'# Devices: what their own name stands in.',
		...RIGHTS.device.publish.map(
			(filter) => `pattern write ${PREFIX}/${filter.replace('{id}', '%u')}`
		),
		''
	].join('\n');
}

// Checked by the broker's one thread at each sign-in; our passwords are 144 random bits, which need no slow hash.
const ITERATIONS = 1_000;

/** One line of Mosquitto's password file: PBKDF2 with SHA-512. */
export function passwdLine(name: string, password: string): string {
	const salt = crypto.randomBytes(12);
	const hash = crypto.pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
	return `${name}:$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Adds or replaces one name in a password file; undefined removes it. Mosquitto reads it again on SIGHUP. */
export function setPasswd(file: string, name: string, password: string | undefined): void {
	const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : [];
	const kept = old.filter((line) => line !== '' && !line.startsWith(`${name}:`));
	if (password !== undefined) kept.push(passwdLine(name, password));
	const beside = `${file}.${process.pid}.new`;
	fs.writeFileSync(beside, `${kept.join('\n')}\n`, { mode: 0o600 });
	fs.renameSync(beside, file);
}

/**
 * Writes all files into a folder. Passwords of our services are made once and kept beside, in `accounts.json`, readable
 * by the owner only. Devices already in `passwd` stay.
 */
export function writeMosquitto(
	target: string,
	options: Omit<MosquittoOptions, 'folder'> & { folder?: string } = {},
	devices: Readonly<Record<string, string>> = {}
): void {
	fs.mkdirSync(target, { recursive: true });
	const passwd = path.join(target, 'passwd');
	for (const [name, password] of Object.entries({ ...serviceAccounts(target), ...devices }))
		setPasswd(passwd, name, password);
	fs.writeFileSync(path.join(target, 'acl'), mosquittoAcl(), { mode: 0o600 });
	fs.writeFileSync(
		path.join(target, 'mosquitto.conf'),
		mosquittoConf({ folder: path.resolve(target), ...options })
	);
}

if (import.meta.main) {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			bind: { type: 'string' },
			port: { type: 'string' },
			'ws-port': { type: 'string' },
			as: { type: 'string' },
			'tls-port': { type: 'string' },
			tls: { type: 'string' },
			data: { type: 'string' },
			device: { type: 'string', multiple: true, default: [] }
		}
	});
	const [target] = positionals;
	const devices = values.device.map((pair) => {
		const at = pair.indexOf('=');
		return [pair.slice(0, at), pair.slice(at + 1)] as const;
	});
	const wrong = devices.find(([id, password]) => !isDeviceId(id) || password === '');
	if (target === undefined || wrong) {
		console.error(
			wrong
				? `not a device: ${wrong[0]}; --device ID=PASSWORD, id as {layer}-{system}-{ref}`
				: 'node server/broker/mosquitto.ts FOLDER [--bind ADDRESS] [--port N] [--ws-port N] [--as FOLDER] [--data FOLDER] [--device ID=PASSWORD]…'
		);
		process.exit(64);
	}
	writeMosquitto(
		target,
		{
			...(values.as && { folder: values.as }),
			...(values.data && { data: values.data }),
			...(values.bind && { bind: values.bind }),
			...(values.port && { port: Number(values.port) }),
			...(values['ws-port'] && { webSocketPort: Number(values['ws-port']) }),
			...(values.tls && { tls: { port: Number(values['tls-port'] ?? 8883), folder: values.tls } })
		},
		Object.fromEntries(devices)
	);
	console.log(
		`written: ${['mosquitto.conf', 'acl', 'passwd', 'accounts.json'].join(', ')} in ${target}`
	);
}
