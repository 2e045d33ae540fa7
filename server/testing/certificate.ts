import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Certificate {
	cert: string;
	key: string;
	/** The file of `cert`, for `NODE_EXTRA_CA_CERTS`. */
	file: string;
	keyFile: string;
}

let made: Certificate | undefined;

/** A certificate of 127.0.0.1 and localhost that vouches for itself, made by the system's OpenSSL once per process. */
export function loopbackCertificate(): Certificate {
	if (made) return made;
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certificate-'));
	const file = path.join(folder, 'cert.pem');
	const keyFile = path.join(folder, 'key.pem');
	execFileSync(
		'openssl',
		[
			...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' '),
			...['-subj', '/CN=push service of the tests'],
			...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
			...['-keyout', keyFile, '-out', file]
		],
		{ stdio: 'ignore' }
	);
	made = {
		cert: fs.readFileSync(file, 'utf8'),
		key: fs.readFileSync(keyFile, 'utf8'),
		file,
		keyFile
	};
	return made;
}
