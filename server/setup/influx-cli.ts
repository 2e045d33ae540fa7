// node server/setup/influx-cli.ts --password-file F --token-file F --into /tokens
// Prepares INFLUX_URL and keeps each token made in `{into}/{name}/`, readable by its owner only. Run again, it changes
// nothing that stands.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { InfluxError } from '../history/influx-client.ts';
import { setUpInflux, type TokenName } from './influx.ts';

const FILES: Readonly<Record<TokenName, string>> = {
	intake: 'intake/token',
	web: 'web/token',
	grafana: 'grafana/grafana_influx_token'
};
/** A container that starts for the first time takes its time. */
const PATIENCE_MS = 120_000;

const { values } = parseArgs({
	options: {
		'password-file': { type: 'string', default: '/run/secrets/influx_admin_password' },
		'token-file': { type: 'string', default: '/run/secrets/influx_admin_token' },
		into: { type: 'string', default: '/tokens' }
	}
});
const { influx, history } = readConfig(process.env);
if (!influx) throw new Error('INFLUX_URL is missing');
const admin = {
	username: 'capitoul',
	org: influx.org ?? 'capitoul',
	password: fs.readFileSync(values['password-file'], 'utf8').trim(),
	token: fs.readFileSync(values['token-file'], 'utf8').trim()
};
const at = (name: TokenName) => path.join(values.into, FILES[name]);

for (const deadline = Date.now() + PATIENCE_MS; ;) {
	try {
		const has = (name: TokenName) => fs.existsSync(at(name));
		const made = await setUpInflux(influx.url, admin, influx.bucket, history, has);
		for (const [name, token] of Object.entries(made)) {
			const file = at(name as TokenName);
			fs.mkdirSync(path.dirname(file), { recursive: true });
			fs.writeFileSync(file, token, { mode: 0o600, flush: true });
		}
		console.log(`InfluxDB is ready; tokens made: ${Object.keys(made).join(', ') || 'none'}`);
		break;
	} catch (error) {
		// What the server itself refuses, time does not mend.
		if (error instanceof InfluxError || Date.now() > deadline) throw error;
		await pause(1_000);
	}
}
