import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AddressLimits, Limits } from './limits.ts';
import { originAllowed, proxyList, visitorAddress } from './visitor.ts';

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface UpgradeOptions {
	/** Public origin; undefined: each request's own. */
	origin: string | undefined;
	trustedProxies?: readonly string[] | undefined;
	limits: Limits;
	addresses: AddressLimits;
	/** Takes the open connection; `addresses.left(address)` is then the taker's to call. */
	open: (webSocket: WebSocket, socket: net.Socket, address: string) => void;
	refused: () => void;
}

/** Opens MQTT over WebSocket on the HTTP port: `Origin` and the limits per address are checked before the upgrade. */
export function mqttUpgrade(options: UpgradeOptions): Upgrade {
	const { origin, limits, addresses, open, refused } = options;
	const proxies = proxyList(options.trustedProxies ?? []);
	const webSockets = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		perMessageDeflate: false,
		// A frame may hold several packets; one packet too large is refused by the inlet.
		maxPayload: 2 * limits.servicePacketBytes,
		handleProtocols: (offered) =>
			offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false
	});
	return (request, socket, head) => {
		socket.on('error', () => socket.destroy());
		const refuse = (status: string) => {
			refused();
			socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
		};
		if (!(socket instanceof net.Socket)) return refuse('400 Bad Request');
		if (!originAllowed(request, origin, proxies)) return refuse('403 Forbidden');
		const address = visitorAddress(request, proxies);
		if (!addresses.enter(address)) return refuse('429 Too Many Requests');
		let opened = false;
		socket.once('close', () => {
			if (!opened) addresses.left(address);
		});
		webSockets.handleUpgrade(request, socket, head, (webSocket) => {
			opened = true;
			open(webSocket, socket, address);
		});
	};
}
