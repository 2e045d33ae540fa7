import http from 'node:http';
import mqtt from 'mqtt-packet';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { freePort } from './ports.ts';

export interface Ear {
	url: string;
	/** What was sent so far, in order: `GET /path`, with its body, and `subscribe topic`, `unsubscribe topic`. */
	sent: string[];
	close(): Promise<void>;
}

/** A line between a browser and the app that writes down everything the browser sends, over HTTP and over MQTT. */
export async function openEar(target: string): Promise<Ear> {
	const sent: string[] = [];
	const server = http.createServer((req, res) => {
		const { method = 'GET', url = '/', headers } = req;
		const chunks: Buffer[] = [];
		req.on('data', (chunk: Buffer) => chunks.push(chunk));
		req.on('error', () => res.destroy());
		req.on('end', () => {
			const body = Buffer.concat(chunks);
			sent.push(`${method} ${url} ${body.toString('latin1')}`.trim());
			const forward = http.request(target + url, { method, headers }, (answer) => {
				res.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(res);
			});
			forward.on('error', () => res.destroy());
			forward.end(body);
		});
	});
	const sockets = new WebSocketServer({ server, handleProtocols: () => 'mqtt' });
	sockets.on('connection', (browser) => {
		const broker = new WebSocket(`${target.replace('http', 'ws')}/mqtt`, 'mqtt');
		const parser = mqtt.parser();
		parser.on('packet', (packet) => {
			if (packet.cmd === 'subscribe')
				for (const { topic } of packet.subscriptions) sent.push(`subscribe ${topic}`);
			if (packet.cmd === 'unsubscribe')
				for (const topic of packet.unsubscriptions) sent.push(`unsubscribe ${topic}`);
		});
		const early: RawData[] = [];
		broker.on('open', () => early.splice(0).forEach((data) => broker.send(data)));
		browser.on('message', (data: Buffer) => {
			parser.parse(data);
			if (broker.readyState === WebSocket.OPEN) broker.send(data);
			else early.push(data);
		});
		broker.on('message', (data) => browser.send(data));
		for (const [one, other] of [
			[browser, broker],
			[broker, browser]
		] as const) {
			one.on('close', () => other.terminate());
			one.on('error', () => other.terminate());
		}
	});
	const port = await freePort();
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${port}`,
		sent,
		close: () => {
			for (const socket of sockets.clients) socket.terminate();
			server.closeAllConnections();
			return new Promise((resolve) => server.close(() => resolve()));
		}
	};
}
