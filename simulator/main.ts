import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serviceAccounts } from '../server/broker/credentials.ts';
import { ConfigError, readConfig, withSecrets } from '../server/config.ts';
import { withStore } from '../server/history/cli.ts';
import { backfill } from './backfill.ts';
import { SimulatedCity } from './city.ts';
import { openFeed, allReports, stretch, type Feed } from './feed.ts';
import { HELP, readOptions, UsageError, type Options } from './options.ts';
import { readPack } from './pack.ts';
import { BrokerTrouble, openPublisher, type Account, type Publisher } from './publisher.ts';

const USAGE = 64; // sysexits.h: EX_USAGE
const UNAVAILABLE = 69; // EX_UNAVAILABLE
const CONFIG = 78; // EX_CONFIG
const TICK_MS = 20;

/** Prints until the end, or until the reader has read enough (`| head`). */
async function print(feed: Feed, options: Options): Promise<void> {
	const lines = function* () {
		for (const { topic, payload } of allReports(feed, options)) yield `${topic} ${payload}\n`;
	};
	try {
		await pipeline(Readable.from(lines()), process.stdout, { end: false });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
	}
}

/** Publishes at the pace of the clock until the count, the duration or a signal. */
async function play(feed: Feed, options: Options, publisher: Publisher, signal: AbortSignal) {
	const { count = Infinity, duration = Infinity } = options;
	const step = stretch(feed, options);
	const begun = performance.now();
	const send = async (reports: Feed['first']) => {
		for (const { topic, payload } of reports) {
			if (publisher.sent >= count || signal.aborted) return;
			await publisher.publish(topic, payload);
		}
	};
	await send(feed.first);
	for (let from = feed.start; publisher.sent < count && !signal.aborted;) {
		const elapsed = Math.min(performance.now() - begun, duration * 1000);
		const wanted = feed.at(elapsed, Date.now());
		const to = Math.max(from, Math.min(wanted, from + step));
		await send(feed.city.reports(from, to));
		const behind = to < wanted;
		from = to;
		if (behind) continue;
		if (elapsed >= duration * 1000) return;
		await new Promise((resolve) => setTimeout(resolve, TICK_MS));
	}
}

/** The account given, or on this machine the one the embedded broker made for the simulator; else none. */
function account(env: NodeJS.ProcessEnv, url: URL): Account | undefined {
	const { MQTT_USERNAME: username, MQTT_PASSWORD: password } = env;
	if (username) return { username, password: password ?? '' };
	const dataDir = path.resolve(env['DATA_DIR'] || './data');
	const here = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
	if (!here || !fs.existsSync(path.join(dataDir, 'accounts.json'))) return undefined;
	return { username: 'simulator', password: serviceAccounts(dataDir).simulator };
}

/** Writes the past into the store the environment names. */
async function past(options: Options, span: number, env: NodeJS.ProcessEnv): Promise<void> {
	const config = readConfig(env);
	const { seed, layers, devices, city: name } = options;
	const city = new SimulatedCity({ seed, pack: readPack(name), layers, devices });
	const to = Date.now();
	const begun = performance.now();
	const { readings, series } = await withStore(config, (store) =>
		backfill(store, city, to - span, to)
	);
	const seconds = ((performance.now() - begun) / 1000).toFixed(1);
	console.error(`simulate: ${readings} readings of ${series} series written in ${seconds} s`);
}

async function main(argv: string[], given: NodeJS.ProcessEnv): Promise<number> {
	const options = readOptions(argv);
	if (options === 'help') {
		process.stdout.write(HELP);
		return 0;
	}
	const env = withSecrets(given, (name, what) => {
		throw new ConfigError([`${name} ${what}`]);
	});
	if (options.backfill !== undefined) {
		await past(options, options.backfill, env);
		return 0;
	}
	const address = env['MQTT_URL'] || 'mqtt://127.0.0.1:1883';
	const url = URL.canParse(address) ? new URL(address) : undefined;
	if (!url || !/^(mqtts?|wss?):$/.test(url.protocol))
		throw new UsageError([
			`MQTT_URL must start with mqtt://, mqtts://, ws:// or wss://: ${address}`
		]);
	const feed = openFeed(options, readPack(options.city), Date.now());
	if (options.stdout) {
		await print(feed, options);
		return 0;
	}
	if (feed.start > Date.now() + 5 * 60_000)
		console.error('simulate: --start is in the future: an intake marks such messages « clock »');
	const stop = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
	const publisher = await openPublisher({
		url: url.href,
		account: account(env, url),
		ca: env['MQTT_CA'] || undefined
	});
	console.error(`simulate: ${feed.city.devices.length} devices to ${url.host}`);
	const begun = performance.now();
	try {
		await play(feed, options, publisher, stop.signal);
		await publisher.end();
	} finally {
		const seconds = (performance.now() - begun) / 1000;
		const { sent, acknowledged } = publisher;
		const pace = (acknowledged / Math.max(seconds, 0.001)).toFixed(0);
		console.error(
			`simulate: ${sent} sent, ${acknowledged} acknowledged in ${seconds.toFixed(1)} s (${pace}/s)`
		);
	}
	return 0;
}

try {
	process.exitCode = await main(process.argv.slice(2), process.env);
} catch (error) {
	if (error instanceof UsageError) {
		for (const problem of error.problems) console.error(`simulate: ${problem}`);
		console.error('simulate: --help tells the options');
		process.exitCode = USAGE;
	} else if (error instanceof BrokerTrouble) {
		console.error(`simulate: ${error.message}`);
		process.exitCode = UNAVAILABLE;
	} else if (error instanceof ConfigError) {
		console.error(error.message);
		process.exitCode = CONFIG;
	} else throw error;
}
