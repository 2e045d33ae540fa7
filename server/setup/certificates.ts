import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** Ten years for the authority, which people install on their phones; 397 days are the most browsers take for a server. */
const CA_DAYS = 3_650;
const SERVER_DAYS = 397;

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

function openssl(...args: string[]): void {
	const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
	if (error) throw new Error(`openssl is needed for certificates: ${error.message}`);
	if (status !== 0) throw new Error(`openssl ${args[0] ?? ''} failed: ${stderr}`);
}

/** Makes `ca.crt` and `ca.key` where they are missing: an authority for this installation alone. */
function authority(folder: string): boolean {
	if (fs.existsSync(path.join(folder, 'ca.crt'))) return false;
	openssl(
		...['req', '-x509', ...KEY, '-days', String(CA_DAYS), '-subj', '/CN=Capitoul, autorité locale'],
		...['-utf8', '-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
		...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
		...['-keyout', path.join(folder, 'ca.key'), '-out', path.join(folder, 'ca.crt')]
	);
	fs.chmodSync(path.join(folder, 'ca.key'), 0o600);
	return true;
}

/**
 * Makes the local authority and a server certificate for these names and addresses, where they are missing; with `renew`
 * the server's is made anew with a new key, the authority stays. Returns the files written.
 */
export function makeCertificates(
	folder: string,
	names: readonly string[],
	renew = false
): string[] {
	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	const written = authority(folder) ? ['ca.crt', 'ca.key'] : [];
	const at = (file: string) => path.join(folder, file);
	if (fs.existsSync(at('server.crt')) && !renew) return written;
	if (!fs.existsSync(at('ca.key')))
		throw new Error(`${at('server.crt')} was not made here: whoever made it renews it`);
	const san = names.map((name) => `${net.isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',');
	const extensions = at('server.ext');
	fs.writeFileSync(
		extensions,
		`subjectAltName=${san}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n`
	);
	const request = at('server.csr');
	try {
		openssl(
			...['req', '-new', ...KEY, '-subj', '/CN=Capitoul'],
			...['-keyout', at('server.key.new'), '-out', request]
		);
		openssl(
			...['x509', '-req', '-in', request, '-CA', at('ca.crt'), '-CAkey', at('ca.key')],
			...['-CAcreateserial', '-days', String(SERVER_DAYS), '-extfile', extensions],
			...['-out', at('server.crt.new')]
		);
	} finally {
		for (const file of [request, extensions]) fs.rmSync(file, { force: true });
	}
	fs.chmodSync(at('server.key.new'), 0o600);
	fs.renameSync(at('server.key.new'), at('server.key'));
	fs.renameSync(at('server.crt.new'), at('server.crt'));
	return [...written, 'server.crt', 'server.key'];
}

/** The names and the last day of the server certificate. */
export function certificateOf(folder: string): { names: string[]; until: Date } {
	const crt = new X509Certificate(fs.readFileSync(path.join(folder, 'server.crt')));
	const names = (crt.subjectAltName ?? '')
		.split(', ')
		.map((name) => name.replace(/^(DNS|IP Address):/, ''))
		.filter(Boolean);
	return { names, until: new Date(crt.validTo) };
}
