import { untrack } from 'svelte';
import * as v from 'valibot';
import type { Live } from '../live/live.svelte.ts';
import { capSchema, readList, type CityAlert } from './alert.ts';
import type { CityAlerts } from './city-alerts.svelte.ts';
import { keepCityAlerts, keptCityAlerts, type Kept } from './kept.ts';

const PATIENCE_MS = 8_000;
/** Without a socket, as often as the city itself is asked for. */
const POLL_MS = 60_000;
/** A socket is open by then, or none will be soon. */
const FIRST_MS = 5_000;

/** What `follow` reads and writes; tests give their own. */
export interface FollowPorts {
	ask?: (signal: AbortSignal) => Promise<unknown>;
	kept?: () => Promise<Kept | undefined>;
	keep?: (kept: Kept) => Promise<unknown>;
}

const askServer = async (signal: AbortSignal): Promise<unknown> => {
	const answer = await fetch('/api/v1/city-alerts', { signal });
	if (!answer.ok) throw new Error(`city-alerts: ${answer.status}`);
	return (await answer.json()) as unknown;
};

/**
 * Keeps the alerts of the city as they are: what the phone kept, then the server's whole list at each new connection, then
 * each message of `alert/+`. Returns what stops it.
 */
export function follow(
	city: CityAlerts,
	live: Pick<Live, 'connection' | 'opened' | 'clock' | 'onalert'>,
	{ ask = askServer, kept = keptCityAlerts, keep = keepCityAlerts }: FollowPorts = {}
): () => void {
	const stopped = new AbortController();
	let asking = false;
	let askedAt = -Infinity;
	/** What came over the socket while the server was asked: its answer may be the older one. */
	let meanwhile: [id: string, payload: string][] = [];

	const set = (alerts: readonly CityAlert[]) => {
		city.list = alerts;
		city.asOf = live.clock.read();
		void keep({ savedAt: city.asOf, alerts: [...alerts] });
	};
	const refresh = async () => {
		if (asking || stopped.signal.aborted) return;
		asking = true;
		askedAt = Date.now();
		meanwhile = [];
		try {
			const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(PATIENCE_MS)]);
			let list: readonly CityAlert[] = readList(await ask(signal));
			for (const [id, payload] of meanwhile) list = changed(list, id, payload);
			set(list);
		} catch {
			// No network, or not in time: what is known stays, with its age.
		} finally {
			asking = false;
		}
	};

	live.onalert = (id, payload) => {
		if (asking) meanwhile.push([id, payload]);
		set(changed(city.list, id, payload));
	};
	const leave = $effect.root(() => {
		// What was taken back while nobody listened is in no message.
		$effect(() => {
			if (live.opened > 0) untrack(() => void refresh());
		});
		// Where no socket gets through.
		$effect(() => {
			if (live.connection !== 'polling') return;
			const refreshIfDue = () => {
				if (!document.hidden && Date.now() - askedAt > POLL_MS / 2) void refresh();
			};
			const first = setTimeout(refreshIfDue, FIRST_MS);
			const timer = setInterval(refreshIfDue, POLL_MS);
			// A phone that slept had no minute of its own to count.
			document.addEventListener('visibilitychange', refreshIfDue);
			return () => {
				clearTimeout(first);
				clearInterval(timer);
				document.removeEventListener('visibilitychange', refreshIfDue);
			};
		});
	});
	void kept().then((row) => {
		if (!row || stopped.signal.aborted || city.asOf !== undefined) return;
		city.asOf = row.savedAt;
		if (city.list.length === 0) city.list = row.alerts;
	});
	return () => {
		stopped.abort();
		live.onalert = undefined;
		leave();
	};
}

/** The list after a message of `alert/{id}`. One that is none changes nothing: the server will put right what is retained. */
function changed(list: readonly CityAlert[], id: string, payload: string): readonly CityAlert[] {
	const others = list.filter((alert) => alert.id !== id);
	if (payload === '') return others;
	try {
		return [...others, { id, ...v.parse(capSchema, JSON.parse(payload)) }];
	} catch {
		return list;
	}
}
