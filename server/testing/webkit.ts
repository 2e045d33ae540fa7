import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { freePort } from './ports.ts';
import { real } from './real.ts';

export interface WebKitCommands {
	driver: string;
	browser: string;
	screen: string;
}

/** Debian's WebKitGTK driver, its MiniBrowser and a screen nobody looks at, or undefined with a printed reason. */
export function webkitCommands(): WebKitCommands | undefined {
	const driver = real('WebKitWebDriver', '/usr/bin/WebKitWebDriver');
	const libraries = `/usr/lib/${os.arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
	const browser = real(
		'MiniBrowser',
		...['4.1', '4.0'].map((version) => `${libraries}/webkit2gtk-${version}/MiniBrowser`)
	);
	const screen = real('Xvfb', '/usr/bin/Xvfb');
	return driver && browser && screen ? { driver, browser, screen } : undefined;
}

/** What the W3C protocol calls an element (WebDriver, 12.1). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const element = v.object({ [ELEMENT]: v.string() });
const answer = v.object({ value: v.unknown() });
const failure = v.object({ error: v.string(), message: v.string() });

/** One WebKit with one tab, driven by plain W3C WebDriver. */
export class WebKit {
	readonly #session: string;
	readonly #end: () => void;

	private constructor(session: string, end: () => void) {
		this.#session = session;
		this.#end = end;
	}

	/** Starts screen, driver and browser; resolves once a tab is open. */
	static async start({ driver, browser, screen }: WebKitCommands): Promise<WebKit> {
		const home = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-webkit-'));
		const started: ChildProcess[] = [];
		const end = () => {
			// Each leads a group of its own: the driver's holds the browser and its processes.
			for (const { pid } of started.reverse()) {
				try {
					if (pid !== undefined) process.kill(-pid, 'SIGKILL');
				} catch {
					// it ended by itself
				}
			}
			fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
		};
		try {
			// Xvfb looks for a free display itself and tells its number on the descriptor it is given.
			const server = spawn(
				screen,
				['-displayfd', '3', '-screen', '0', '1024x900x24', '-nolisten', 'tcp'],
				{
					stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
					detached: true
				}
			);
			started.push(server);
			const display = await new Promise<string>((resolve, reject) => {
				server.stdio[3]?.once('data', (told: Buffer) => resolve(`:${told.toString().trim()}`));
				server.once('error', reject);
				server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
			});
			const port = await freePort();
			started.push(
				spawn(driver, [`--port=${port}`], {
					stdio: 'ignore',
					detached: true,
					env: {
						PATH: process.env['PATH'],
						HOME: home,
						XDG_RUNTIME_DIR: home,
						DISPLAY: display,
						TZ: 'Europe/Paris',
						LIBGL_ALWAYS_SOFTWARE: '1'
					}
				})
			);
			const url = `http://127.0.0.1:${port}`;
			await until(
				async () => (await fetch(`${url}/status`).catch(() => undefined))?.ok,
				'the driver'
			);
			const { sessionId } = v.parse(
				v.object({ sessionId: v.string() }),
				await call(`${url}/session`, 'POST', {
					capabilities: {
						alwaysMatch: {
							'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] }
						}
					}
				})
			);
			return new WebKit(`${url}/session/${sessionId}`, end);
		} catch (error) {
			end();
			throw error;
		}
	}

	/** Opens an address; resolves once it is loaded. */
	open = (url: string) => this.#do('url', { url });

	/** Leaves for a fresh tab and closes the one before: no page of the app is open any more. */
	async freshTab(): Promise<void> {
		const old = await this.#do('window', undefined, 'GET');
		const { handle } = v.parse(
			v.object({ handle: v.string() }),
			await this.#do('window/new', { type: 'tab' })
		);
		await this.#do('window', { handle: old });
		await this.#do('window', undefined, 'DELETE');
		await this.#do('window', { handle });
	}

	/** Gives a cookie to the site that is open. */
	cookie = (name: string, value: string) => this.#do('cookie', { cookie: { name, value } });

	/** What a script of the page returns. */
	run = (script: string) => this.#do('execute/sync', { script, args: [] });

	/** Waits until a script of the page returns something true, and gives it. */
	until = (script: string, what: string, ms?: number) => until(() => this.run(script), what, ms);

	/** Clicks the first element of an XPath once there is one that can be clicked. */
	click = (xpath: string) =>
		until(async () => {
			await this.#do(`element/${await this.#find(xpath)}/click`, {});
			return true;
		}, xpath);

	/** Types into the first element of an XPath; for a file field, the path of a file. */
	type = (xpath: string, text: string) =>
		until(async () => {
			await this.#do(`element/${await this.#find(xpath)}/value`, { text });
			return true;
		}, xpath);

	/** A picture of the tab as it stands, PNG. */
	screenshot = async () =>
		Buffer.from(v.parse(v.string(), await this.#do('screenshot', undefined, 'GET')), 'base64');

	/** Ends browser, driver and screen. */
	async stop(): Promise<void> {
		await call(this.#session, 'DELETE').catch(() => undefined); // what follows ends it anyway
		this.#end();
	}

	#do = (command: string, body?: unknown, method = 'POST') =>
		call(`${this.#session}/${command}`, method, body);

	async #find(xpath: string): Promise<string> {
		const found = await this.#do('element', { using: 'xpath', value: xpath });
		return v.parse(element, found)[ELEMENT];
	}
}

async function call(url: string, method: string, body?: unknown): Promise<unknown> {
	const response = await fetch(url, {
		method,
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		signal: AbortSignal.timeout(20_000)
	});
	const { value } = v.parse(answer, await response.json());
	if (response.ok) return value;
	const { error, message } = v.parse(failure, value);
	throw new Error(`${error}: ${message}`);
}

/** Tries until the result is true; what fails meanwhile (an element not there yet) is told only at the end. */
async function until(ask: () => Promise<unknown>, what: string, ms = 15_000): Promise<unknown> {
	let last: unknown;
	for (const deadline = Date.now() + ms; Date.now() < deadline;) {
		try {
			last = await ask();
			if (last) return last;
		} catch (error) {
			last = error;
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`${what} did not come in ${ms} ms`, { cause: last });
}
