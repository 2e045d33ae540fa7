import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../src/lib/errors.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { Broker } from '../broker/port.ts';
import type { SourceStatus } from '../city/services.ts';
import type { SourceConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { atmo } from './atmo.ts';
import type { Format } from './format.ts';
import { gbfs } from './gbfs.ts';
import { jcdecaux } from './jcdecaux.ts';
import { ngsiV2 } from './ngsi-v2.ts';
import { opendatasoft } from './opendatasoft.ts';
import { Publisher } from './publisher.ts';
import { LIMITS, Session, SourceError, type Limits } from './session.ts';

/** The kinds of feed this version reads. A new one is a file and a line here. */
const formats: Partial<Record<SourceConfig['connector'], Format>> = {
	gbfs,
	opendatasoft,
	jcdecaux,
	atmo,
	'ngsi-v2': ngsiV2
};

interface Deps {
	sources: readonly SourceConfig[];
	register: Register;
	broker: Pick<Broker, 'publish' | 'subscribeRetained'>;
	clock: () => number;
	log: Log;
	fetch?: typeof globalThis.fetch;
	limits?: Partial<Limits>;
	/** 0 to 1, spreads the pauses after failures. */
	random?: () => number;
	/** Called when a source begins to answer or to fail. */
	onStatus?: () => void;
}

export interface Connectors {
	/** Reads every source until `signal` aborts; resolves once all have stopped. Never rejects for a source's sake. */
	run(signal: AbortSignal): Promise<void>;
	/** What each source last did, in the order of the configuration. */
	statuses(): SourceStatus[];
}

const BACKOFF_FROM_MS = 5_000;
const BACKOFF_TO_MS = 300_000;
const LONGEST_WAIT_MS = 86_400_000; // a source may ask for a day (a portal's quota), not for a year

/** Pause after the n-th failure in a row: anything up to a limit that doubles, so that many clients do not come at once. */
export function backoff(failures: number, random: () => number = Math.random): number {
	return random() * Math.min(BACKOFF_TO_MS, BACKOFF_FROM_MS * 2 ** Math.min(failures - 1, 10));
}

/**
 * Reads the sources, each on its own and all at once, and publishes their records as `raw` messages. One source's trouble
 * is its status and nothing else: it delays and harms no other.
 */
export function createConnectors(deps: Deps): Connectors {
	const statuses = new Map(deps.sources.map((source) => [source.id, unknownYet(source)]));
	const tell = (id: string, ok: boolean, detail: string | undefined) => {
		const status = statuses.get(id);
		if (!status) return;
		const now = formatTime(deps.clock());
		const turned = status.ok !== ok || status.detail !== detail;
		if (status.ok !== ok) Object.assign(status, { ok, since: now });
		if (ok) status.lastSuccess = now;
		status.detail = detail;
		if (!turned) return;
		deps.log[ok ? 'info' : 'warn'](
			{ source: id, ok, detail },
			ok ? 'source answers' : 'source fails'
		);
		deps.onStatus?.();
	};
	return {
		statuses: () => [...statuses.values()].map((status) => ({ ...status })),
		async run(signal) {
			const shared: ConstructorParameters<typeof Session>[0]['shared'] = new Map();
			const limits = { ...LIMITS, ...deps.limits };
			const { fetch = globalThis.fetch, clock } = deps;
			const session = () => new Session({ fetch, clock, signal, limits, shared });
			await Promise.all(
				deps.sources.map((source) => follow(source, deps, session(), tell, signal))
			);
		}
	};
}

const unknownYet = ({ id, layer, licence, attribution }: SourceConfig): SourceStatus => ({
	id,
	layer,
	licence,
	attribution,
	ok: undefined,
	since: undefined,
	lastSuccess: undefined,
	detail: undefined
});

async function follow(
	source: SourceConfig,
	{ register, broker, clock, log, random }: Deps,
	session: Session,
	tell: (id: string, ok: boolean, detail: string | undefined) => void,
	signal: AbortSignal
): Promise<void> {
	const layer = register.get(source.layer);
	const format = formats[source.connector];
	if (!layer) return tell(source.id, false, `layer_unknown: no layer « ${source.layer} »`);
	if (!format)
		return tell(source.id, false, `config_invalid: this version reads no ${source.connector} feed`);
	const publisher = new Publisher({ source, layer, broker, clock, log });
	publisher
		.recall()
		.catch((err: unknown) => log.warn({ source: source.id, err }, 'state not recalled'));
	for (let failures = 0; !signal.aborted;) {
		let wait = 0;
		try {
			const page = session.page.bind(session);
			const answer = await format.read({ source, layer, now: clock(), page });
			const read = await publisher.publish(answer).catch((error: unknown) => {
				// The broker's trouble, not the source's: what was not taken goes out with the next round.
				log.warn({ source: source.id, err: error }, 'records not published');
				return answer.records.length;
			});
			if (read === 0) throw new SourceError('source_unreadable', nothing(answer.bad.length));
			failures = 0;
			wait = Math.max(answer.waitMs ?? 0, session.maxAgeMs);
			tell(source.id, true, undefined);
		} catch (error) {
			if (signal.aborted) return;
			failures++;
			session.forget();
			wait = Math.max(
				backoff(failures, random),
				error instanceof SourceError ? error.retryAfterMs : 0
			);
			if (!(error instanceof AppError))
				log.error({ source: source.id, err: error }, 'connector failed');
			tell(
				source.id,
				false,
				error instanceof AppError ? error.message : 'internal: unexpected failure'
			);
		}
		const pauseMs = Math.min(Math.max(wait, source.everySeconds * 1000), LONGEST_WAIT_MS);
		await pause(pauseMs, undefined, { signal }).catch(() => undefined);
	}
}

const nothing = (bad: number) =>
	bad === 0 ? 'the answer holds no current record' : `none of ${bad} records can be read`;
