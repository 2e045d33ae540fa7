import type { Said, Told } from './broker.worker.ts';

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

/** A worker that has not connected by then never will: its script may be gone with an older release. */
const OPEN_MS = 20_000;
const GOODBYE_MS = 2_000;

/**
 * Connects to the city's broker over WebSocket. mqtt.js (83 kB) is fetched here, long after the first screen, and runs in a
 * worker of its own: to read it and to connect takes a slow phone a third of a second, in which no finger is answered.
 */
export async function openStream(url: string, events: StreamEvents): Promise<Stream> {
	const worker = new Worker(new URL('./broker.worker.ts', import.meta.url), { type: 'module' });
	const asked = new Map<
		number,
		{ resolve: (granted: boolean) => void; reject: (why: Error) => void }
	>();
	let open = true;
	let last = 0;
	const tell = (message: Told) => worker.postMessage(message);
	const over = () => {
		if (!open) return false;
		open = false;
		worker.terminate();
		for (const { reject } of asked.values()) reject(new Error('the connection ended'));
		asked.clear();
		return true;
	};
	await new Promise<void>((resolve, reject) => {
		const failed = () => {
			if (over()) reject(new Error('no connection to the broker'));
		};
		const late = setTimeout(failed, OPEN_MS);
		let connected = false;
		const closed = () => {
			clearTimeout(late);
			if (!connected) failed();
			else if (over()) events.onclose();
		};
		worker.onerror = closed;
		worker.onmessage = ({ data }: MessageEvent<Said>) => {
			if (!open) return;
			if (data.kind === 'message') events.onmessage(data.topic, data.payload);
			else if (data.kind === 'closed') closed();
			else if (data.kind === 'answer') {
				asked.get(data.id)?.resolve(data.granted);
				asked.delete(data.id);
			} else {
				connected = true;
				clearTimeout(late);
				resolve();
			}
		};
		tell({ kind: 'open', url });
	});
	const ask = (kind: 'subscribe' | 'unsubscribe', filters: readonly string[]) =>
		new Promise<boolean>((resolve, reject) => {
			if (filters.length === 0) return resolve(true);
			if (!open) return reject(new Error('the connection ended'));
			const id = ++last;
			asked.set(id, { resolve, reject });
			tell({ kind, id, filters });
		});
	return {
		subscribe: (filters) => ask('subscribe', filters),
		async unsubscribe(filters) {
			await ask('unsubscribe', filters);
		},
		end() {
			if (!open) return;
			open = false;
			// The worker says goodbye to the broker and ends itself, unless the network keeps it.
			tell({ kind: 'end' });
			setTimeout(() => worker.terminate(), GOODBYE_MS);
		}
	};
}
