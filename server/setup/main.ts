// npm run setup [-- capitoul.example.fr 192.168.1.20 …] [--renew] [--into secrets] [--device ID]…
// Makes what docker-compose.yml needs and no repository may hold: secrets, a local authority, certificates, Mosquitto's
// files. A second run changes nothing that is there; --renew makes the server's certificate anew.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isDeviceId } from '../broker/credentials.ts';
import { setPasswd } from '../broker/mosquitto.ts';
import { certificateOf, makeCertificates } from './certificates.ts';
import { makeSecrets, random } from './secrets.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** The user of our image, where the setup is run by root. */
const IMAGE_USER = 1_000;

function usage(problem: string): never {
	console.error(
		`${problem}\nnpm run setup [-- NOM_OU_ADRESSE…] [--renew] [--into DOSSIER] [--device ID]…`
	);
	process.exit(64);
}

/** Names under which this machine is reached when nobody says better. */
function ownNames(): string[] {
	const addresses = Object.values(os.networkInterfaces())
		.flatMap((each) => each ?? [])
		.filter(({ internal, family }) => !internal && family === 'IPv4')
		.map(({ address }) => address);
	return [os.hostname().toLowerCase(), ...addresses];
}

/** The owner of the secrets is the user of every container: nobody else needs to read them. */
function handOver(folder: string): { uid: number; gid: number } {
	const uid = process.getuid?.() ?? IMAGE_USER;
	const gid = process.getgid?.() ?? IMAGE_USER;
	if (uid !== 0) return { uid, gid };
	fs.chownSync(folder, IMAGE_USER, IMAGE_USER);
	for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }))
		fs.chownSync(path.join(folder, name), IMAGE_USER, IMAGE_USER);
	return { uid: IMAGE_USER, gid: IMAGE_USER };
}

function main(): void {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			renew: { type: 'boolean', default: false },
			into: { type: 'string', default: path.join(root, 'secrets') },
			device: { type: 'string', multiple: true, default: [] }
		}
	});
	const folder = path.resolve(values.into);
	const odd = positionals.find((name) => !/^[A-Za-z0-9.:*-]+$/.test(name));
	if (odd !== undefined) usage(`« ${odd} » n'est pas un nom ou une adresse.`);
	const wrong = values.device.find((id) => !isDeviceId(id));
	if (wrong !== undefined) usage(`« ${wrong} » n'est pas un capteur : {couche}-{système}-{nom}.`);

	const made = makeSecrets(folder);
	const tls = path.join(folder, 'tls');
	const before = fs.existsSync(path.join(tls, 'server.crt')) ? certificateOf(tls).names : undefined;
	const wanted = positionals.length > 0 ? positionals : (before ?? ownNames());
	const names = [...new Set([...wanted, 'localhost', 'mosquitto', '127.0.0.1'])];
	const certificates = makeCertificates(tls, names, values.renew);
	for (const id of values.device) {
		const password = random();
		setPasswd(path.join(folder, 'mosquitto', 'passwd'), id, password);
		console.log(`${id} : ${password}   (montré une seule fois)`);
	}
	const { uid, gid } = handOver(folder);
	const env = path.join(path.dirname(folder), '.env');
	if (!fs.existsSync(env))
		fs.writeFileSync(
			env,
			`# Read by Compose. No secret stands here.\nORIGIN=https://${names[0] ?? 'localhost'}\nCAPITOUL_UID=${uid}\nCAPITOUL_GID=${gid}\n`
		);

	const { names: certified, until } = certificateOf(tls);
	console.log(`Secrets : ${made.length === 0 ? 'rien à faire, tous là' : `${made.length} faits`}`);
	console.log(
		`Certificat : ${certified.join(', ')}, jusqu'au ${until.toISOString().slice(0, 10)}${certificates.length === 0 ? ' (déjà là)' : ''}`
	);
	const absent = positionals.filter((name) => !certified.includes(name));
	if (absent.length > 0)
		console.log(
			`Le certificat ne porte pas ${absent.join(', ')} : ajoutez --renew pour le refaire.`
		);
	console.log(`Autorité à installer sur les téléphones : ${path.join(tls, 'ca.crt')}`);
	if (values.device.length > 0 || values.renew)
		console.log(
			`Ensuite : docker compose ${values.renew ? 'restart mosquitto nginx' : 'kill -s HUP mosquitto'}`
		);
}

try {
	main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}
