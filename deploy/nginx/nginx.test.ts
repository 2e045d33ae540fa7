import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loopbackCertificate } from '../../server/testing/certificate.ts';
import { startNginx } from '../../server/testing/nginx.ts';
import { freePort } from '../../server/testing/ports.ts';
import { real } from '../../server/testing/real.ts';

const command = real('nginx', '/usr/sbin/nginx', 'nginx');

test.skipIf(!command)(
	'nginx writes nowhere who asked for what, also where the app is away or a limit is reached',
	async () => {
		const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
		const { file, keyFile } = loopbackCertificate();
		fs.copyFileSync(file, path.join(folder, 'server.crt'));
		fs.copyFileSync(keyFile, path.join(folder, 'server.key'));
		const away = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
		const nginx = await startNginx(command ?? '', { folder, tls: folder, web: away });
		try {
			const ask = (target: string) =>
				new Promise<number | undefined>((resolve, reject) =>
					https
						.get(`${nginx.url}${target}`, {
							rejectUnauthorized: false,
							headers: { referer: `${nginx.url}${target}` }
						})
						.once('response', (res) => (res.resume(), resolve(res.statusCode)))
						.once('error', reject)
				);
			const link = '/signalement/1?suivi=a-secret';
			expect(await ask(link)).toBe(502);
			const many = await Promise.all(Array.from({ length: 600 }, () => ask(link)));
			expect(many).toContain(429);
		} finally {
			await nginx.kill();
		}
		expect(nginx.output()).not.toMatch(/a-secret|client:/);
		for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
			const found = path.join(folder, name);
			if (fs.statSync(found).isFile())
				expect(fs.readFileSync(found, 'latin1'), name).not.toContain('a-secret');
		}
	}
);
