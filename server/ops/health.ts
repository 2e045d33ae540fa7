import { formatTime } from '../../src/lib/time.ts';
import type { Health } from '../city/services.ts';

/** How something we depend on is, right now. */
export interface State {
	ok: boolean;
	/** Since when, RFC 3339; where the check does not know, the moment the change was first seen. */
	since?: string | undefined;
	detail?: string | undefined;
}

export interface Check {
	name: string;
	check: () => State;
}

/**
 * Joins checks into one answer and remembers when each one last turned. Checks are asked at each call, so a long-lived
 * process calls it now and then (`/readyz`, its status message). A check that throws is a dependency in trouble.
 */
export function createHealth(clock: () => number = Date.now): {
	add(check: Check): void;
	checks(): Health[];
} {
	const known: Check[] = [];
	const turned = new Map<string, { ok: boolean; since: string }>();
	const ask = ({ name, check }: Check): Health => {
		let state: State;
		try {
			state = check();
		} catch (error) {
			state = { ok: false, detail: error instanceof Error ? error.message : String(error) };
		}
		let last = turned.get(name);
		if (!last || last.ok !== state.ok) {
			last = { ok: state.ok, since: formatTime(clock()) };
			turned.set(name, last);
		}
		return { name, ok: state.ok, since: state.since ?? last.since, detail: state.detail };
	};
	return {
		add: (check) => void known.push(check),
		checks: () => known.map(ask)
	};
}

/** What `/readyz` answers: 503 only until this process can serve; later trouble is told with 200. */
export function readyAnswer({ ready, checks }: { ready: boolean; checks: Health[] }): Response {
	const status = !ready ? 'starting' : checks.every(({ ok }) => ok) ? 'ready' : 'degraded';
	const told = checks.map(({ name, ok, since, detail }) => ({
		name,
		ok,
		since: since ?? null,
		detail: detail ?? null
	}));
	return Response.json(
		{ status, checks: told },
		{
			status: ready ? 200 : 503,
			headers: { 'cache-control': 'no-store', ...(!ready && { 'retry-after': '1' }) }
		}
	);
}
