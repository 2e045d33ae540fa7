import crypto from 'node:crypto';
import { AppError } from '../../src/lib/errors.ts';
import type { RawDoor } from '../city/services.ts';
import { isDeviceId } from './credentials.ts';
import type { EmbeddedBroker } from './embedded.ts';
import { dial, openLink, type Address, type Link } from './link.ts';
import { mayPublish } from './rights.ts';

export interface DoorOptions {
	mqtt: Address;
	/** The broker of this process; undefined: the one at `mqtt.url`. */
	embedded?: EmbeddedBroker | undefined;
	patienceMs?: number;
	maxConnections?: number;
}

interface Visitor {
	link: Promise<Link>;
	used: number;
	nextId: number;
	readonly waiting: Map<number, { resolve: () => void; reject: (error: Error) => void }>;
}

const IDLE_MS = 60_000;
const MAX_CONNECTIONS = 200;
const MAX_WAITING = 500; // per device: far more than a device has to say while the disk is slow
const PATIENCE_MS = 10_000;

/**
 * The HTTP door for devices: signs in to the same broker with the device's own name and password, so that one place
 * checks them, and answers once the broker has acknowledged. A few connections are kept for devices that come back.
 */
export function rawDoor(options: DoorOptions): RawDoor & { close(): Promise<void> } {
	const { embedded, patienceMs = PATIENCE_MS, maxConnections = MAX_CONNECTIONS } = options;
	const visitors = new Map<string, Visitor>();
	const secret = crypto.randomBytes(32);
	const sweep = setInterval(() => {
		for (const [key, visitor] of visitors)
			if (visitor.waiting.size === 0 && performance.now() - visitor.used > IDLE_MS)
				void leave(key, visitor);
	}, IDLE_MS / 4);
	sweep.unref();

	function leave(key: string, visitor: Visitor): Promise<void> {
		visitors.delete(key);
		return visitor.link.then(
			(link) => link.end(),
			() => {}
		);
	}

	function makeRoom(): void {
		if (visitors.size < maxConnections) return;
		// The map is in order of use.
		for (const [key, visitor] of visitors) {
			if (visitor.waiting.size > 0) continue;
			void leave(key, visitor);
			return;
		}
		throw new AppError('too_many_requests', 'too many devices speak at once');
	}

	function enter(key: string, username: string, password: string): Visitor {
		makeRoom();
		const link = openLink(embedded ? embedded.stream() : dial(options.mqtt), {
			clientId: `door-${crypto.randomUUID()}`,
			username,
			password
		});
		const visitor: Visitor = { link, used: 0, nextId: 1, waiting: new Map() };
		const gone = () => {
			if (visitors.get(key) === visitor) visitors.delete(key);
			for (const { reject } of visitor.waiting.values())
				reject(new AppError('broker_unavailable', 'the broker ended the connection'));
			visitor.waiting.clear();
		};
		void link.then((open) => {
			open.onPacket((packet) => {
				if (packet.cmd !== 'puback' || packet.messageId === undefined) return;
				visitor.waiting.get(packet.messageId)?.resolve();
			});
			void open.closed.then(gone);
		}, gone);
		return visitor;
	}

	return {
		async publish(user, password, topic, payload) {
			if (!isDeviceId(user)) throw new AppError('credentials_refused');
			if (!mayPublish({ kind: 'device', id: user }, topic)) throw new AppError('topic_forbidden');
			// Another password is another connection: it must prove itself.
			const key = crypto.createHmac('sha256', secret).update(`${user}\n${password}`).digest('hex');
			const visitor = visitors.get(key) ?? enter(key, user, password);
			visitors.delete(key);
			visitors.set(key, visitor);
			visitor.used = performance.now();
			if (visitor.waiting.size >= MAX_WAITING) throw new AppError('too_many_requests');
			const messageId = visitor.nextId;
			visitor.nextId = messageId >= 65_535 ? 1 : messageId + 1;
			const { promise, resolve, reject } = Promise.withResolvers<void>();
			visitor.waiting.set(messageId, { resolve, reject });
			const patience = setTimeout(() => reject(new AppError('broker_unavailable')), patienceMs);
			try {
				const link = await visitor.link;
				link.send({ cmd: 'publish', topic, payload, qos: 1, messageId, dup: false, retain: false });
				await promise;
			} finally {
				clearTimeout(patience);
				visitor.waiting.delete(messageId);
				promise.catch(() => {}); // the link may have failed first
			}
		},
		async close() {
			clearInterval(sweep);
			await Promise.all([...visitors].map(([key, visitor]) => leave(key, visitor)));
		}
	};
}
