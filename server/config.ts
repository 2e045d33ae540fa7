import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { SIMULATED_SYSTEM } from '../src/lib/layers/entity.ts';
import { whyUnusable } from './data-dir.ts';
import { proxies } from './web/proxy.ts';

/** One feed to read: see CONTRACT, « Configuration ». */
export interface SourceConfig {
	id: string;
	connector: 'gbfs' | 'opendatasoft' | 'jcdecaux' | 'atmo' | 'ngsi-v2' | 'datex2';
	layer: string;
	system: string;
	url: string;
	everySeconds: number;
	options: Record<string, unknown>;
	licence: string;
	attribution: string;
}

export type SimulatorMode = 'auto' | 'on' | 'off';

export interface Config {
	port: number;
	host: string;
	/** Public origin without a trailing slash; undefined: each request's own. */
	origin: string | undefined;
	trustedProxies: string[];
	dataDir: string;
	mqtt: {
		/** Undefined: the embedded broker. */
		url: URL | undefined;
		username: string | undefined;
		password: string | undefined;
		ca: string | undefined;
		/** TCP port of the embedded broker; 0 picks a free one. */
		port: number;
		devicePassword: string | undefined;
		shareGroup: string | undefined;
		publicUrl: string | undefined;
	};
	/** Undefined: the embedded history store. */
	influx: InfluxConfig | undefined;
	/** Days each tier of history is kept; a coarser tier is never kept shorter than a finer one. */
	history: { rawDays: number; quarterDays: number; hourDays: number };
	/** PostgreSQL; undefined: `app.db` in `dataDir`. */
	databaseUrl: URL | undefined;
	push: {
		/** Undefined: made at first start, kept in `dataDir`. */
		vapid: { publicKey: string; privateKey: string } | undefined;
		/** Who a push service may write to: `mailto:` or `https:`. */
		subject: string | undefined;
		/** Hosts of push services beyond those of the browsers. */
		allowedHosts: string[];
	};
	city: string;
	portalUrl: string;
	simulator: SimulatorMode;
	/** Undefined: the city pack's sources. */
	sources: SourceConfig[] | undefined;
	/** Where this process tells its figures and health apart from the web; undefined: only the web does. */
	metricsPort: number | undefined;
	instance: string;
	logLevel: string;
}

/** How to sign in to InfluxDB: a token, a user, or nothing where the server asks for nothing. */
export interface InfluxCredential {
	token: string | undefined;
	username: string | undefined;
	password: string | undefined;
}

export interface InfluxConfig {
	url: URL;
	credential: InfluxCredential;
	/** May create what is missing; undefined: everything is there already. */
	admin: InfluxCredential | undefined;
	/** Only where the token sees several organisations. */
	org: string | undefined;
	bucket: string;
}

/** The start cannot go on: every problem found, one line each, for whoever set the environment. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
	readonly problems: readonly string[];
	constructor(problems: readonly string[]) {
		super(`configuration: ${problems.join('; ')}`);
		this.problems = problems;
	}
}

const CONNECTORS = ['gbfs', 'opendatasoft', 'jcdecaux', 'atmo', 'ngsi-v2', 'datex2'] as const;

/** The layers each kind of feed speaks of (CONTRACT 1). */
const SPEAKS_OF: Readonly<Record<SourceConfig['connector'], readonly string[]>> = {
	gbfs: ['bike'],
	opendatasoft: ['bike', 'weather'],
	jcdecaux: ['bike'],
	atmo: ['air'],
	'ngsi-v2': ['parking', 'bike'],
	datex2: ['parking']
};

const httpUrl = v.pipe(
	v.string(),
	v.url(),
	v.regex(/^https?:\/\//, 'must start with http:// or https://')
);

export const sourceSchema = v.strictObject({
	id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/, 'must be in [a-z0-9-]')),
	connector: v.picklist(CONNECTORS),
	layer: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9]*$/)),
	system: v.pipe(
		v.string(),
		v.regex(/^[a-z0-9]+$/, 'must be in [a-z0-9]'),
		v.notValue(SIMULATED_SYSTEM, 'is kept for simulated entities')
	),
	url: httpUrl,
	everySeconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)), 60),
	options: v.optional(v.record(v.string(), v.unknown()), {}),
	licence: v.optional(v.string(), ''),
	attribution: v.optional(v.string(), '')
});

const OURS = /^(MQTT|PUBLIC_MQTT|INFLUX|HISTORY|VAPID|PUSH)_/;

// Every name of the contract with one of our prefixes. Those of later services are known already, so that one
// environment file serves every version; a typo is still found.
const KNOWN = new Set(
	(
		'MQTT_URL MQTT_USERNAME MQTT_PASSWORD MQTT_CA MQTT_PORT MQTT_DEVICE_PASSWORD MQTT_SHARE_GROUP PUBLIC_MQTT_URL ' +
		'INFLUX_URL INFLUX_TOKEN INFLUX_USERNAME INFLUX_PASSWORD INFLUX_ORG INFLUX_BUCKET INFLUX_ADMIN_TOKEN ' +
		'INFLUX_ADMIN_USERNAME INFLUX_ADMIN_PASSWORD HISTORY_RAW_DAYS HISTORY_15M_DAYS HISTORY_1H_DAYS ' +
		'VAPID_PUBLIC_KEY VAPID_PRIVATE_KEY VAPID_SUBJECT PUSH_ALLOWED_HOSTS'
	).split(' ')
);

/** Each of these may come as `{name}_FILE`, the path of a file that holds it: no secret then stands in an environment. */
export const SECRETS = [
	'MQTT_PASSWORD',
	'MQTT_DEVICE_PASSWORD',
	'MQTT_SHARE_GROUP',
	'INFLUX_TOKEN',
	'INFLUX_PASSWORD',
	'INFLUX_ADMIN_TOKEN',
	'INFLUX_ADMIN_PASSWORD',
	'DATABASE_URL',
	'VAPID_PUBLIC_KEY',
	'VAPID_PRIVATE_KEY'
] as const;

/** The environment with what stands in files put in its place; `problem` is told of each file that cannot be read. */
export function withSecrets(
	env: Readonly<Record<string, string | undefined>>,
	problem: (name: string, what: string) => undefined
): Record<string, string | undefined> {
	const whole = { ...env };
	for (const name of SECRETS) {
		const from = `${name}_FILE`;
		const file = env[from]?.trim();
		Reflect.deleteProperty(whole, from);
		if (!file) continue;
		if (env[name]?.trim()) {
			problem(from, `and ${name} are both set: one of them holds the secret`);
			continue;
		}
		try {
			whole[name] = fs.readFileSync(file, 'utf8');
			if (whole[name].trim() === '') problem(from, `names an empty file: ${file}`);
		} catch (error) {
			problem(from, `cannot be read: ${file} (${(error as NodeJS.ErrnoException).code})`);
		}
	}
	return whole;
}

/**
 * Reads the whole configuration once. Throws one `ConfigError` that lists every problem: a malformed value, half a pair,
 * an unknown variable with one of our prefixes. An empty variable counts as unset, as Compose files leave them so.
 */
export function readConfig(given: Readonly<Record<string, string | undefined>>): Config {
	const problems: string[] = [];
	const problem = (name: string, what: string): undefined => {
		problems.push(`${name} ${what}`);
		return undefined;
	};
	const env = withSecrets(given, problem);
	const get = (name: string) => env[name]?.trim() || undefined;
	const integer = (name: string, fallback: number, min: number, max: number): number => {
		const text = get(name);
		if (text === undefined) return fallback;
		const value = Number(text);
		if (/^\d+$/.test(text) && value >= min && value <= max) return value;
		problem(name, `must be a whole number from ${min} to ${max}, not "${text}"`);
		return fallback;
	};
	const url = (name: string, protocols: string[]): URL | undefined => {
		const text = get(name);
		if (text === undefined) return undefined;
		const parsed = URL.canParse(text) ? new URL(text) : undefined;
		if (parsed && protocols.includes(parsed.protocol.slice(0, -1)) && parsed.hostname)
			return parsed;
		return problem(name, `must be an address starting with ${protocols.join('://, ')}://`);
	};
	const pair = (a: string, b: string) => {
		if (get(a) && !get(b)) problem(b, `is missing: ${a} is set`);
		if (get(b) && !get(a)) problem(a, `is missing: ${b} is set`);
	};

	for (const name of Object.keys(env))
		if (OURS.test(name) && !KNOWN.has(name)) problem(name, 'is not a variable of Capitoul');

	const origin = url('ORIGIN', ['http', 'https']);
	if (origin && origin.href !== `${origin.origin}/`)
		problem('ORIGIN', 'must not have a path, a query or a name and password');
	const mqttUrl = url('MQTT_URL', ['mqtt', 'mqtts', 'ws', 'wss']);
	if (mqttUrl && (mqttUrl.username !== '' || mqttUrl.password !== ''))
		problem('MQTT_URL', 'must not hold a credential: MQTT_USERNAME and MQTT_PASSWORD do');
	const publicUrl = url('PUBLIC_MQTT_URL', ['ws', 'wss']);
	pair('MQTT_USERNAME', 'MQTT_PASSWORD');
	const push = readPush(get, problem);
	pair('VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY');
	const databaseUrl = url('DATABASE_URL', ['postgres', 'postgresql']);
	pair('INFLUX_USERNAME', 'INFLUX_PASSWORD');
	pair('INFLUX_ADMIN_USERNAME', 'INFLUX_ADMIN_PASSWORD');
	const influx = readInflux(get, url('INFLUX_URL', ['http', 'https']), problem);
	const rawDays = integer('HISTORY_RAW_DAYS', 35, 1, 36_500);
	const quarterDays = Math.max(rawDays, integer('HISTORY_15M_DAYS', 400, 1, 36_500));
	const hourDays = Math.max(quarterDays, integer('HISTORY_1H_DAYS', 800, 1, 36_500));
	const shareGroup = get('MQTT_SHARE_GROUP');
	// 128 bits of secret are 32 hex digits or 22 characters of base64url.
	if (shareGroup !== undefined && !/^[A-Za-z0-9_-]{22,128}$/.test(shareGroup))
		problem(
			'MQTT_SHARE_GROUP',
			'must hold a secret of at least 128 bits: 22 or more of A-Z a-z 0-9 _ -'
		);
	if (shareGroup !== undefined && !mqttUrl)
		problem('MQTT_SHARE_GROUP', 'needs MQTT_URL: the embedded broker has one intake');
	const ca = get('MQTT_CA');
	if (ca !== undefined) readCertificate(ca, problem);

	const mode = get('SIMULATOR') ?? (origin?.protocol === 'https:' ? 'off' : 'auto');
	if (mode !== 'auto' && mode !== 'on' && mode !== 'off')
		problem('SIMULATOR', `must be auto, on or off, not "${mode}"`);
	const city = get('CITY') ?? 'toulouse';
	if (!/^[a-z][a-z0-9-]*$/.test(city))
		problem('CITY', 'must be the name of a city pack, in [a-z0-9-]');
	else if (!fs.existsSync(path.join(PACKS, city)))
		problem('CITY', `there is no city pack "${city}"`);
	const dataDir = path.resolve(get('DATA_DIR') ?? './data');
	const unusable = whyUnusable(dataDir);
	if (unusable !== undefined) problem('DATA_DIR', `cannot be used: ${unusable}`);
	const logLevel = get('LOG_LEVEL') ?? 'info';
	const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
	if (!LEVELS.includes(logLevel)) problem('LOG_LEVEL', `must be one of ${LEVELS.join(', ')}`);
	const instance = get('INSTANCE') ?? os.hostname();
	if (!/^[\w.-]{1,64}$/.test(instance))
		problem('INSTANCE', 'must be 1 to 64 letters, digits, dots or dashes');

	const trustedProxies = (get('TRUSTED_PROXIES') ?? '')
		.split(',')
		.map((s) => s.trim())
		.filter(Boolean);
	for (const entry of trustedProxies)
		try {
			proxies([entry]);
		} catch {
			problem('TRUSTED_PROXIES', `names "${entry}", which is not an address or a CIDR range`);
		}

	const config: Config = {
		port: integer('PORT', 3000, 0, 65_535),
		host: get('HOST') ?? '0.0.0.0',
		origin: origin?.origin,
		trustedProxies,
		dataDir,
		mqtt: {
			url: mqttUrl,
			username: get('MQTT_USERNAME'),
			password: get('MQTT_PASSWORD'),
			ca,
			port: integer('MQTT_PORT', 1883, 0, 65_535),
			devicePassword: get('MQTT_DEVICE_PASSWORD'),
			shareGroup,
			publicUrl: publicUrl?.href
		},
		influx,
		history: { rawDays, quarterDays, hourDays },
		databaseUrl,
		push,
		city,
		portalUrl: (
			url('PORTAL_URL', ['http', 'https'])?.href ?? 'https://data.toulouse-metropole.fr'
		).replace(/\/+$/, ''),
		simulator: mode as SimulatorMode,
		sources: readSources(get('SOURCES'), problem),
		metricsPort:
			get('METRICS_PORT') === undefined ? undefined : integer('METRICS_PORT', 0, 0, 65_535),
		instance,
		logLevel
	};
	if (problems.length > 0) throw new ConfigError(problems);
	return config;
}

const PACKS = path.resolve(import.meta.dirname, '../static/city');

function readCertificate(file: string, problem: (name: string, what: string) => undefined): void {
	try {
		new X509Certificate(fs.readFileSync(file));
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		problem(
			'MQTT_CA',
			code === 'ENOENT'
				? `names no file: ${file}`
				: `cannot be read as a certificate (PEM): ${file}: ${message}`
		);
	}
}

function readInflux(
	get: (name: string) => string | undefined,
	url: URL | undefined,
	problem: (name: string, what: string) => undefined
): InfluxConfig | undefined {
	const credential = (prefix: string): InfluxCredential => {
		const token = get(`${prefix}_TOKEN`);
		const username = get(`${prefix}_USERNAME`);
		if (token !== undefined && username !== undefined)
			problem(`${prefix}_TOKEN`, `and ${prefix}_USERNAME are both set: one of them signs in`);
		return { token, username, password: get(`${prefix}_PASSWORD`) };
	};
	const own = credential('INFLUX');
	const admin = credential('INFLUX_ADMIN');
	const bucket = get('INFLUX_BUCKET') ?? 'capitoul';
	// Letters that a database of 1.x, a bucket of 2.x and a database of 3 all take without quoting.
	if (!/^[A-Za-z][A-Za-z0-9_-]{0,47}$/.test(bucket))
		problem('INFLUX_BUCKET', 'must be 1 to 48 of A-Z a-z 0-9 _ -, first a letter');
	if (!url) return undefined;
	return {
		url,
		credential: own,
		admin: admin.token !== undefined || admin.username !== undefined ? admin : undefined,
		org: get('INFLUX_ORG'),
		bucket
	};
}

/** Key pair of RFC 8292: a P-256 point of 65 bytes and its 32-byte secret, base64url without padding. */
function readPush(
	get: (name: string) => string | undefined,
	problem: (name: string, what: string) => undefined
): Config['push'] {
	const publicKey = get('VAPID_PUBLIC_KEY');
	const privateKey = get('VAPID_PRIVATE_KEY');
	const subject = get('VAPID_SUBJECT');
	const bytes = (text: string) =>
		/^[\w-]+$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
	if (publicKey !== undefined && !(bytes(publicKey)?.length === 65 && bytes(publicKey)?.[0] === 4))
		problem('VAPID_PUBLIC_KEY', 'must be an uncompressed P-256 point in base64url (87 characters)');
	if (privateKey !== undefined && bytes(privateKey)?.length !== 32)
		problem('VAPID_PRIVATE_KEY', 'must be 32 bytes in base64url (43 characters)');
	if (subject !== undefined && !/^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/.test(subject))
		problem('VAPID_SUBJECT', 'must be a mailto: or https: address');
	const allowedHosts = (get('PUSH_ALLOWED_HOSTS') ?? '')
		.split(',')
		.map((host) => host.trim().toLowerCase())
		.filter(Boolean);
	for (const host of allowedHosts)
		if (!/^[a-z0-9.-]+(:\d{1,5})?$/.test(host))
			problem('PUSH_ALLOWED_HOSTS', `names "${host}", which is not a host`);
	return {
		vapid:
			publicKey !== undefined && privateKey !== undefined ? { publicKey, privateKey } : undefined,
		subject,
		allowedHosts
	};
}

function readSources(
	file: string | undefined,
	problem: (name: string, what: string) => undefined
): SourceConfig[] | undefined {
	if (file === undefined) return undefined;
	let json: unknown;
	try {
		json = JSON.parse(fs.readFileSync(file, 'utf8'));
	} catch (error) {
		return problem('SOURCES', `cannot be read as JSON: ${file}: ${(error as Error).message}`);
	}
	const parsed = v.safeParse(v.array(sourceSchema), json);
	if (!parsed.success) {
		for (const issue of parsed.issues) {
			const at = v.getDotPath(issue);
			problem('SOURCES', `${at ?? file}: ${issue.message}`);
		}
		return undefined;
	}
	const ids = parsed.output.map(({ id }) => id);
	for (const { id, connector, layer } of parsed.output)
		if (!SPEAKS_OF[connector].includes(layer))
			problem(
				'SOURCES',
				`"${id}": a ${connector} feed is of the layer ${SPEAKS_OF[connector].join(' or ')}, not "${layer}"`
			);
	const twice = ids.find((id, i) => ids.indexOf(id) !== i);
	if (twice !== undefined) return problem('SOURCES', `names "${twice}" twice`);
	return parsed.output;
}
