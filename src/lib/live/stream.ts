import { breathe } from '../turns.ts';

/** One MQTT connection of a phone. It ends once and is not taken up again: whoever opened it opens another. */
export interface Stream {
	/** False where the broker refused one of them. Rejects where the connection ended meanwhile. */
	subscribe(filters: readonly string[]): Promise<boolean>;
	unsubscribe(filters: readonly string[]): Promise<void>;
	/** Says goodbye; `onclose` is not called. */
	end(): void;
}

export interface StreamEvents {
	onmessage(topic: string, payload: string): void;
	onclose(): void;
}

const CONNECT_MS = 10_000;

/** Connects to the city's broker over WebSocket. mqtt.js (83 kB) is fetched here, long after the first screen. */
export async function openStream(url: string, events: StreamEvents): Promise<Stream> {
	const { default: mqtt } = await import('mqtt');
	await breathe();
	const client = await mqtt.connectAsync(
		url,
		{
			protocolVersion: 4,
			clean: true,
			keepalive: 60,
			connectTimeout: CONNECT_MS,
			// The link has its own pauses between attempts, and subscribes to what is on screen by then.
			reconnectPeriod: 0,
			resubscribe: false,
			// mqtt.js would start a blob worker for its timer, which our Content-Security-Policy forbids.
			timerVariant: 'native',
			clientId: `phone-${Math.random().toString(36).slice(2, 12)}`
		},
		false
	);
	let open = true;
	const over = () => {
		if (!open) return;
		open = false;
		client.removeAllListeners('message');
		client.end(true);
		events.onclose();
	};
	client.on('message', (topic, payload) => {
		if (open) events.onmessage(topic, new TextDecoder().decode(payload));
	});
	client.on('close', over);
	client.on('error', over);
	if (!client.connected) over();
	return {
		async subscribe(filters) {
			if (filters.length === 0) return true;
			try {
				await client.subscribeAsync([...filters], { qos: 0 });
				return true;
			} catch (error) {
				if (open) return false; // 0x80: outside of what a phone may read
				throw error;
			}
		},
		async unsubscribe(filters) {
			if (filters.length > 0) await client.unsubscribeAsync([...filters]);
		},
		end() {
			if (!open) return;
			open = false;
			client.end(true);
		}
	};
}
