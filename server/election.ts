import { levels, PREFIX } from '../src/lib/topics.ts';
import { parseTime } from '../src/lib/time.ts';
import type { Broker } from './broker/port.ts';
import type { Log } from './log.ts';

/** A service not heard for so long is down, whatever it last said (CONTRACT, `service/…/status`). */
const SILENT_MS = 15_000;

export interface Election {
	/** Whether this process is the active one of its name now. */
	active(): boolean;
}

/**
 * Chooses, among the processes that run a service of one name, the active one: the oldest `since`, ties by name. Two at
 * once for a moment do no harm; none for longer than 15 s does, hence the rule needs no agreement. `onActive` is called
 * each time this process becomes the active one after having stood by.
 */
export async function election(
	o: {
		broker: Broker;
		name: string;
		instance: string;
		since: number;
		clock: () => number;
		log: Log;
		onActive: () => void;
	},
	signal: AbortSignal
): Promise<Election> {
	const { broker, name, clock, since } = o;
	const me = `${name}-${o.instance}`;
	const others = new Map<string, { since: number; t: number }>();
	const oldest = () => {
		const now = clock();
		for (const [other, { since: theirs, t }] of others) {
			if (now - t > SILENT_MS) continue;
			if (theirs < since || (theirs === since && other < me)) return false;
		}
		return true;
	};
	await broker.subscribe(`${PREFIX}/service/+/status`, ({ topic, payload }) => {
		const [, service = ''] = levels(topic) ?? [];
		if (service === me || !service.startsWith(`${name}-`)) return;
		const status = readStatus(payload);
		if (status) others.set(service, status);
		else others.delete(service);
	});
	let was = true;
	const timer = setInterval(() => {
		const is = oldest();
		if (is && !was) {
			o.log.info({ service: me }, 'now the active one');
			o.onActive();
		}
		was = is;
	}, 1_000);
	signal.addEventListener('abort', () => clearInterval(timer), { once: true });
	return { active: oldest };
}

function readStatus(payload: Buffer): { since: number; t: number } | undefined {
	try {
		const status = JSON.parse(payload.toString('utf8')) as Record<string, unknown>;
		const since = parseTime(String(status['since']));
		const t = parseTime(String(status['t']));
		return status['up'] === true && since !== undefined && t !== undefined
			? { since, t }
			: undefined;
	} catch {
		return undefined; // a payload that is not a status is no process that runs
	}
}
