// A push service for the bench: takes everything at once, and counts.
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

const [certFile = '', keyFile = ''] = process.argv.slice(2);
const [cert, key] = [fs.readFileSync(certFile), fs.readFileSync(keyFile)];
let taken = 0;
const server = https.createServer({ cert, key }, (request, response) => {
	request.resume();
	request.on('end', () => {
		taken++;
		response.writeHead(201, { location: '/m/1' }).end();
	});
});
process.on('message', () => process.send?.(taken));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
