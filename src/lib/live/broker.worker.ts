// The phone's connection to the broker, off the thread that answers the finger.
import mqtt, { type MqttClient } from 'mqtt';

/** What the page tells this worker. */
export type Told =
	| { kind: 'open'; url: string }
	| { kind: 'subscribe' | 'unsubscribe'; id: number; filters: readonly string[] }
	| { kind: 'end' };

/** What this worker says: first `opened`, or `closed` as the last word. */
export type Said =
	| { kind: 'opened' }
	| { kind: 'closed' }
	| { kind: 'answer'; id: number; granted: boolean }
	| { kind: 'message'; topic: string; payload: string };

const CONNECT_MS = 10_000;

const say = (said: Said) => postMessage(said);
const text = new TextDecoder();
let client: MqttClient | undefined;

function open(url: string): void {
	const opened = (client = mqtt.connect(url, {
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
	}));
	let over = false;
	const close = () => {
		if (over) return;
		over = true;
		opened.end(true);
		say({ kind: 'closed' });
	};
	opened.on('connect', () => say({ kind: 'opened' }));
	opened.on('message', (topic, payload) => {
		if (!over) say({ kind: 'message', topic, payload: text.decode(payload) });
	});
	opened.on('close', close);
	opened.on('error', close);
}

async function subscribe(id: number, filters: readonly string[]): Promise<void> {
	try {
		await client?.subscribeAsync([...filters], { qos: 0 });
		say({ kind: 'answer', id, granted: true });
	} catch {
		// 0x80: outside of what a phone may read. A connection that ended says « closed » itself.
		if (client?.connected) say({ kind: 'answer', id, granted: false });
	}
}

async function unsubscribe(id: number, filters: readonly string[]): Promise<void> {
	await client?.unsubscribeAsync([...filters]).catch(() => {});
	say({ kind: 'answer', id, granted: true });
}

addEventListener('message', ({ data }: MessageEvent<Told>) => {
	if (data.kind === 'open') open(data.url);
	else if (data.kind === 'subscribe') void subscribe(data.id, data.filters);
	else if (data.kind === 'unsubscribe') void unsubscribe(data.id, data.filters);
	else if (client) client.end(false, () => close());
	else close();
});
