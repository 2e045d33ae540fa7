import { setTimeout as pause } from 'node:timers/promises';
import { startInflux } from '../testing/influx.ts';
import { startMosquitto, type RealMosquitto } from '../testing/mosquitto.ts';
import { freePort } from '../testing/ports.ts';
import { mosquitto as installedMosquitto } from '../testing/real.ts';
import { PASSWORD, SoakDevices, until } from './devices.ts';
import { Intake, type Account } from './stage.ts';

const IDS = Array.from({ length: 10 }, (_, i) => `bike-soak-${i + 1}`);
const PER_SECOND = 2_000;
/** So many acknowledgements after a start: everybody is connected and the stream flows. */
const FLOWING = 200;
const MOST_MS = 1_200;
/** Mosquitto saves this often (autosave_interval of the shipped configuration), and looks at its clock once a second. */
export const AUTOSAVE_MS = 5_000 + 1_500;

const soon = () => pause(Math.random() * MOST_MS);

/** The embedded shape, killed in the middle of a stream, `rounds` times. */
export async function embedded(rounds: number): Promise<Account> {
	const port = await freePort();
	const intake = new Intake({ MQTT_PORT: String(port) });
	const devices = new SoakDevices(new URL(`mqtt://127.0.0.1:${port}`), IDS, PER_SECOND);
	try {
		for (let round = 0; round < rounds; round++) {
			intake.start();
			await devices.take(FLOWING);
			await soon();
			await intake.kill();
		}
		intake.start();
		await devices.take(FLOWING);
		await devices.drain();
		return await intake.account(devices);
	} finally {
		await devices.end();
		await intake.remove();
	}
}

/** An intake of its own between a real Mosquitto, with the configuration as shipped, and a real InfluxDB. */
async function outside() {
	const command = installedMosquitto();
	if (command === undefined) return undefined;
	const influx = await startInflux();
	if (!influx) return undefined;
	const probe = 'bike-soak-probe';
	const passwords = Object.fromEntries([...IDS, probe].map((id) => [id, PASSWORD]));
	let broker: RealMosquitto = await startMosquitto(command, { devices: passwords });
	const { folder, port, accounts } = broker;
	const url = new URL(`mqtt://127.0.0.1:${port}`);
	const intake = new Intake({
		MQTT_URL: url.href,
		MQTT_USERNAME: 'intake',
		MQTT_PASSWORD: accounts['intake'] ?? '',
		INFLUX_URL: influx.url.href,
		INFLUX_ADMIN_USERNAME: 'admin',
		INFLUX_ADMIN_PASSWORD: 'admin'
	});
	intake.start();
	// Before it has subscribed for the first time nobody keeps anything for it.
	const first = new SoakDevices(url, [probe], 10);
	try {
		await until(() => intake.heard().has(probe), 'the first reading');
	} catch (error) {
		await Promise.all([intake.remove(), broker.kill(), influx.remove()]);
		throw error;
	} finally {
		await first.end();
	}
	const devices = new SoakDevices(url, IDS, PER_SECOND);
	return {
		intake,
		influx,
		devices,
		mosquitto: {
			kill: () => broker.kill(),
			start: async () => {
				broker = await startMosquitto(command, { folder, port, devices: passwords });
			}
		},
		async remove() {
			await devices.end();
			await intake.remove();
			await broker.kill();
			await influx.remove();
		}
	};
}

export interface Backlog {
	/** Readings that waited when the database came back. */
	readings: number;
	/** How many times faster than they were made they were written, while others went on being made. */
	timesLive: number;
}

/**
 * The intake, then InfluxDB, killed in turn, `rounds` times each; the database stays away `awayMs` the last time. Undefined
 * where an engine is not installed.
 */
export async function intakeAndInflux(
	rounds: number,
	awayMs: number
): Promise<(Account & { backlog: Backlog }) | undefined> {
	const stage = await outside();
	if (!stage) return undefined;
	const { intake, influx, devices } = stage;
	try {
		for (let round = 0; round < rounds; round++) {
			await devices.take(FLOWING);
			await soon();
			await intake.kill();
			intake.start();
			await devices.take(FLOWING);
			await soon();
			await influx.kill();
			await (round === rounds - 1 ? pause(awayMs) : soon());
			await devices.take(FLOWING); // what is accepted does not wait for the database
			await influx.start();
		}
		const backlog = await drained(intake);
		await devices.drain();
		return { ...(await intake.account(devices)), backlog };
	} finally {
		await stage.remove();
	}
}

/** Watches the backlog go, from the moment it stops growing. */
async function drained(intake: Intake): Promise<Backlog> {
	let most = { readings: intake.waiting(), at: Date.now() };
	for (;;) {
		await pause(25);
		const now = { readings: intake.waiting(), at: Date.now() };
		if (now.readings >= most.readings) most = now;
		// A second of the live stream always waits: to be sent together.
		else if (now.readings <= PER_SECOND) {
			const written = most.readings - now.readings;
			const live = ((now.at - most.at) / 1_000) * PER_SECOND;
			return { readings: most.readings, timesLive: (written + live) / live };
		}
	}
}

/**
 * Mosquitto killed `rounds` times while the intake takes from it, and a last time with the intake away for `awayMs`, so
 * that what it acknowledged stands nowhere but in its memory and its last save.
 */
export async function mosquittoKilled(
	rounds: number,
	awayMs: number
): Promise<Account | undefined> {
	const stage = await outside();
	if (!stage) return undefined;
	const { intake, mosquitto, devices } = stage;
	const kills: number[] = [];
	const kill = async () => {
		kills.push(Date.now());
		await mosquitto.kill();
	};
	try {
		await pause(AUTOSAVE_MS); // the intake's session is saved: from now on it is kept
		for (let round = 0; round < rounds; round++) {
			await soon();
			await kill();
			await mosquitto.start();
			await devices.take(FLOWING);
		}
		await intake.kill();
		await pause(awayMs);
		await kill();
		await mosquitto.start();
		intake.start();
		await devices.take(2 * FLOWING);
		await devices.drain();
		return await intake.account(devices, kills);
	} finally {
		await stage.remove();
	}
}
