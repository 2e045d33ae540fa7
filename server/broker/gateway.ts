import type { Log } from '../log.ts';
import { Inlet } from './inlet.ts';
import { AddressLimits, LIMITS, type Limits } from './limits.ts';
import { dial, type Address } from './link.ts';
import { mqttUpgrade, type Upgrade } from './upgrade.ts';
import { Hold, Outlet, Wire, type Owner } from './wire.ts';

export interface GatewayOptions {
	mqtt: Address;
	origin: string | undefined;
	trustedProxies?: readonly string[];
	log: Log;
	limits?: Partial<Limits>;
}

export interface Gateway {
	upgrade: Upgrade;
	close(): void;
}

/**
 * `/mqtt` on the HTTP port in front of an external broker: each WebSocket is piped to a connection of its own to
 * `MQTT_URL`, nothing of ours signed in on it. The same check of `Origin`, the same limits as the embedded broker.
 */
export function mqttGateway(options: GatewayOptions): Gateway {
	const { mqtt, log } = options;
	const limits: Limits = { ...LIMITS, ...options.limits };
	const addresses = new AddressLimits(limits);
	const outlet = new Outlet();
	const wires = new Set<Wire>();

	const upgrade = mqttUpgrade({
		origin: options.origin,
		trustedProxies: options.trustedProxies,
		limits,
		addresses,
		refused: () => {},
		open(webSocket, socket, address) {
			const broker = dial(mqtt);
			const inlet = new Inlet({ ...limits, packetBytes: limits.servicePacketBytes });
			let slow: NodeJS.Timeout | undefined;
			const owner = (wire: Wire): Owner => ({
				receive(chunk) {
					const wait = inlet.inspect(chunk, performance.now());
					if (wait === undefined) return wire.cut();
					if (wait > 0) {
						wire.hold(Hold.rate);
						setTimeout(() => wire.release(Hold.rate), wait).unref();
					}
					if (!broker.write(chunk)) wire.hold(Hold.reader);
				},
				drained() {
					if (!slow) return;
					clearTimeout(slow);
					slow = undefined;
					broker.resume();
				},
				gone() {
					clearTimeout(slow);
					wires.delete(wire);
					addresses.left(address);
					broker.destroy();
				}
			});
			const wire = new Wire(outlet, owner, socket, webSocket);
			wires.add(wire);
			broker.on('drain', () => wire.release(Hold.reader));
			broker.on('data', (chunk: Buffer) => {
				wire.send(chunk);
				if (!wire.busy || slow) return;
				// It stops reading: so do we, and the broker drops what it would have sent. Not for ever.
				broker.pause();
				slow = setTimeout(() => wire.cut(), limits.drainMs);
			});
			broker.on('error', (error) => log.debug({ error: error.message }, 'broker behind /mqtt'));
			broker.on('end', () => wire.end());
			broker.on('close', () => wire.end());
		}
	});
	return {
		upgrade,
		close() {
			for (const wire of wires) wire.cut();
		}
	};
}
