import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setPasswd } from '../broker/mosquitto.ts';
import { makeCertificates } from '../setup/certificates.ts';
import { makeSecrets } from '../setup/secrets.ts';
import { until } from '../soak/devices.ts';
import { startInflux, type InfluxServer } from './influx.ts';
import { startNginx, type RealNginx } from './nginx.ts';
import { freePort } from './ports.ts';
import { mosquitto as installed, real } from './real.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** One process of the stack, killed and started again at will. */
export class Part {
	readonly dataDir: string;
	readonly port: number;
	readonly opsPort: number;
	#env: Record<string, string>;
	#only: string;
	#child: ChildProcess | undefined;
	#output = '';

	constructor(
		only: string,
		port: number,
		opsPort: number,
		folder: string,
		env: Record<string, string>
	) {
		this.#only = only;
		this.port = port;
		this.opsPort = opsPort;
		this.dataDir = folder;
		fs.mkdirSync(folder, { recursive: true });
		this.#env = env;
	}

	get output(): string {
		return this.#output;
	}

	start(): void {
		const child = spawn(process.execPath, ['server/main.ts', '--only', this.#only], {
			cwd: root,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {
				PATH: process.env['PATH'] ?? '',
				HOST: '127.0.0.1',
				PORT: String(this.port),
				METRICS_PORT: String(this.opsPort),
				DATA_DIR: this.dataDir,
				SIMULATOR: 'off',
				PORTAL_URL: 'http://127.0.0.1:9',
				LOG_LEVEL: 'warn',
				...this.#env
			}
		});
		const keep = (chunk: Buffer) => (this.#output += chunk.toString());
		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		this.#child = child;
	}

	async ready(): Promise<void> {
		await until(
			() =>
				fetch(`http://127.0.0.1:${this.opsPort}/readyz`).then(
					(r) => r.ok,
					() => false
				),
			`${this.#only} to be ready (${this.#output})`,
			30_000
		);
	}

	async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const gone = new Promise((resolve) => child.once('exit', resolve));
		child.kill(signal);
		await gone;
	}
}

/** How many processes of each role start. */
export interface Shape {
	intakes: 0 | 1 | 2;
	webs: 0 | 1 | 2;
	/** `frames` alone, or `districts` beside it; or neither. */
	live: 'frames' | 'frames,districts' | 'none';
}

/**
 * The stack of `docker-compose.yml` without containers: secrets and certificates of the setup, Mosquitto and nginx from the
 * shipped files (ports and paths put in their place), InfluxDB, two web processes, two intakes, one frames, or the
 * `shape` asked for. Undefined with a printed reason where an engine is missing.
 */
export async function startStack(
	devices: Readonly<Record<string, string>>,
	shape: Shape = { intakes: 2, webs: 2, live: 'frames' }
) {
	const command = installed();
	const nginxCommand = real('nginx', '/usr/sbin/nginx', 'nginx');
	if (command === undefined || nginxCommand === undefined || !real('OpenSSL', 'openssl'))
		return undefined;
	const influx: InfluxServer | undefined = await startInflux();
	if (!influx) return undefined;
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stack-'));
	const secrets = path.join(folder, 'secrets');
	const tls = path.join(secrets, 'tls');
	makeSecrets(secrets);
	makeCertificates(tls, ['localhost', '127.0.0.1']);
	for (const [id, password] of Object.entries(devices))
		setPasswd(path.join(secrets, 'mosquitto/passwd'), id, password);

	const ports = { plain: await freePort(), webSocket: await freePort(), tls: await freePort() };
	let broker: ChildProcess | undefined;
	const mosquitto = {
		start: async () => {
			let conf = fs.readFileSync(path.join(root, 'deploy/mosquitto/mosquitto.conf'), 'utf8');
			const put = (what: string, by: string) => {
				if (!conf.includes(what)) throw new Error(`mosquitto.conf no longer says ${what}`);
				conf = conf.replaceAll(what, by);
			};
			put('listener 1883 0.0.0.0', `listener ${ports.plain} 127.0.0.1`);
			put('listener 9001 0.0.0.0', `listener ${ports.webSocket} 127.0.0.1`);
			put('listener 8883 0.0.0.0', `listener ${ports.tls} 127.0.0.1`);
			put('/mosquitto/config', path.join(secrets, 'mosquitto'));
			put('/mosquitto/data', folder);
			put('/run/secrets', tls);
			const file = path.join(folder, 'mosquitto.conf');
			// Started by root it would give up its rights, and then not read the files of this test.
			fs.writeFileSync(file, `${conf}\nuser ${os.userInfo().username}\n`);
			const child = (broker = spawn(command, ['-c', file], { stdio: 'ignore' }));
			await new Promise((resolve) => setTimeout(resolve, 300));
			if (child.exitCode !== null) throw new Error('mosquitto did not start');
		},
		kill: async () => {
			const child = broker;
			broker = undefined;
			if (!child || child.exitCode !== null || child.signalCode !== null) return;
			const gone = new Promise((resolve) => child.once('exit', resolve));
			child.kill('SIGKILL');
			await gone;
		}
	};
	await mosquitto.start();

	const read = (name: string) => path.join(secrets, name);
	const env = (account: string, instance: string) => ({
		INSTANCE: instance,
		MQTT_URL: `mqtts://localhost:${ports.tls}`,
		MQTT_CA: path.join(tls, 'ca.crt'),
		MQTT_USERNAME: account,
		MQTT_PASSWORD_FILE: read(`mqtt_${account}`),
		INFLUX_URL: influx.url.href,
		INFLUX_ADMIN_USERNAME: 'admin',
		INFLUX_ADMIN_PASSWORD: 'admin'
	});
	const webPorts = [await freePort(), await freePort()] as const;
	const nginxAt = await startNginx(nginxCommand, {
		folder,
		tls,
		web: (shape.webs === 2 ? webPorts : [webPorts[0], webPorts[0]]).map(
			(port) => `127.0.0.1:${port}`
		)
	});
	const part = async (
		only: string,
		instance: string,
		port = 0,
		more: Record<string, string> = {}
	) =>
		new Part(only, port, await freePort(), path.join(folder, instance), {
			...env(only, instance),
			...more
		});
	const group = { MQTT_SHARE_GROUP_FILE: read('mqtt_share_group') };
	const people = { ORIGIN: nginxAt.url, TRUSTED_PROXIES: '127.0.0.1' };
	const intakes = [
		await part('intake', 'intake-1', 0, group),
		await part('intake', 'intake-2', 0, group)
	] as const;
	const webs = [
		await part('web', 'web-1', webPorts[0], people),
		await part('web', 'web-2', webPorts[1], people)
	] as const;
	const frames = await part('frames', 'frames-1');
	const districts = await part('districts', 'districts-1');
	const all = [
		...intakes.slice(0, shape.intakes),
		...(shape.live === 'none' ? [] : [frames]),
		...(shape.live === 'frames,districts' ? [districts] : []),
		...webs.slice(0, shape.webs)
	];
	for (const each of all) each.start();
	await Promise.all(all.map((each) => each.ready()));
	const nginx: RealNginx = nginxAt;
	return {
		folder,
		secrets,
		tls,
		ports,
		influx,
		mosquitto,
		nginx,
		intakes,
		webs,
		frames,
		deviceUrl: new URL(`mqtts://localhost:${ports.tls}`),
		async remove() {
			await Promise.all(all.map((each) => each.kill()));
			await nginx.kill();
			await mosquitto.kill();
			await influx.remove();
			fs.rmSync(folder, { recursive: true, force: true });
		}
	};
}
