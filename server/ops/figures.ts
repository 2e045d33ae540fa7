import { shownAttribute } from '../../src/lib/layers/entity.ts';
import { freshness } from '../../src/lib/layers/freshness.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { formatTime, parseTime } from '../../src/lib/time.ts';
import type { BrokerCounts } from '../broker/embedded.ts';
import type { City } from '../city/city.ts';
import type { Health, SourceStatus } from '../city/services.ts';
import type { HistoryStore } from '../history/store.ts';
import type { Intake } from '../intake/intake.ts';
import type { Journal } from '../intake/journal.ts';
import type { DurationsBy, Spread } from './durations.ts';
import type { createHealth } from './health.ts';
import type { Metrics, Sample, Spreading } from './metrics.ts';

// What each part of the program tells Prometheus, and what `/readyz` asks of it.

type HealthChecks = ReturnType<typeof createHealth>;

/** A spread for each layer met, labelled with it. */
export const byLayer = ({ all }: DurationsBy): Spreading[] =>
	[...all].map(([layer, spread]) => ({ spread, labels: { layer } }));

/** What runs here, whether it can serve, and each dependency: 1 while it is well, 0 while it is not. */
export function processFigures(
	metrics: Metrics,
	health: () => { ready: boolean; checks: Health[] },
	{ roles, instance, version }: { roles: readonly string[]; instance: string; version: string }
): void {
	metrics.gauge(
		'capitoul_service_info',
		'1 for each service of this process',
		() =>
			roles.map((service) => ({ value: 1, labels: { service, instance_name: instance, version } })),
		['service', 'instance_name', 'version']
	);
	metrics.gauge('capitoul_ready', '1 once this process can serve and accept', () =>
		Number(health().ready)
	);
	metrics.gauge(
		'capitoul_check_ok',
		'1 while a dependency is well, 0 while it is not',
		() =>
			health()
				.checks.filter(({ name }) => !name.startsWith('source '))
				.map(({ name, ok }) => ({ value: Number(ok), labels: { check: name } })),
		['check']
	);
}

/** How many things of each layer are known and how fresh they are, and when the newest of their values was measured. */
export function cityFigures(
	metrics: Metrics,
	city: City,
	register: Register,
	clock: () => number
): void {
	metrics.gauge(
		'capitoul_city_entities',
		'Entities known, by layer and by the freshness of what they show',
		() => {
			const now = clock();
			const counts = new Map<string, Sample & { value: number }>();
			for (const entity of city.list()) {
				const layer = register.get(entity.layer);
				if (!layer) continue;
				const shown = shownAttribute(layer, entity.values);
				const fresh = freshness(layer, shown, entity.times[shown] ?? entity.observed, now);
				const key = `${layer.id} ${fresh}`;
				const known = counts.get(key);
				if (known) known.value++;
				else counts.set(key, { value: 1, labels: { layer: layer.id, freshness: fresh } });
			}
			return [...counts.values()];
		},
		['layer', 'freshness']
	);
	metrics.gauge(
		'capitoul_city_newest_timestamp_seconds',
		'When the newest value of a layer was measured',
		() => {
			const newest = new Map<string, number>();
			for (const { layer, observed } of city.list())
				newest.set(layer, Math.max(observed / 1000, newest.get(layer) ?? 0));
			return [...newest].map(([layer, value]) => ({ value, labels: { layer } }));
		},
		['layer']
	);
	metrics.gauge(
		'capitoul_layer_fresh_seconds',
		'How long a value of a layer is fresh',
		() =>
			register.all.map(({ id, freshSeconds }) => ({
				value: freshSeconds,
				labels: { layer: id }
			})),
		['layer']
	);
}

export function intakeFigures(metrics: Metrics, intake: Intake, journal: Journal): void {
	const { counters } = intake;
	metrics.counter(
		'capitoul_raw_accepted_total',
		'Raw messages that changed an entity',
		() => counters.accepted
	);
	metrics.counter(
		'capitoul_raw_unchanged_total',
		'Raw messages that changed nothing',
		() => counters.unchanged
	);
	metrics.counter(
		'capitoul_raw_clock_total',
		'Raw messages dated more than 5 minutes ahead',
		() => counters.clock
	);
	metrics.counter(
		'capitoul_raw_refused_total',
		'Raw messages refused, by code',
		() =>
			Object.entries(counters.refused).map(([code, value]) => ({
				value,
				labels: { code }
			})),
		['code']
	);
	metrics.gauge(
		'capitoul_sequence_gaps',
		'Messages that never came, by jumps of sequence',
		() => [...intake.gaps].map(([layer, value]) => ({ value, labels: { layer } })),
		['layer']
	);
	metrics.counter('capitoul_raw_removed_total', 'Entities removed', () => counters.removed);
	metrics.gauge(
		'capitoul_state_waiting',
		'Entities whose new state the broker has not acknowledged',
		() => intake.unpublished
	);
	metrics.histogram(
		'capitoul_reading_age_seconds',
		'Age of a reading when it arrives, by layer',
		() => byLayer(intake.ages)
	);
	metrics.histogram(
		'capitoul_commit_seconds',
		'From the arrival of a message to its being on the disk, before it is acknowledged',
		() => [{ spread: intake.commits }]
	);
	metrics.counter('capitoul_commits_total', 'Transactions written', () => journal.commits);
}

export function brokerFigures(metrics: Metrics, counts: () => BrokerCounts): void {
	metrics.gauge('capitoul_broker_connections', 'Open MQTT connections', () => counts().connections);
	metrics.counter(
		'capitoul_broker_published_total',
		'Messages published',
		() => counts().published
	);
	metrics.counter(
		'capitoul_broker_stalled_total',
		'Connections cut because they stopped reading',
		() => counts().stalled
	);
}

export function historyFigures(
	metrics: Metrics,
	health: HealthChecks,
	history: HistoryStore
): void {
	health.add({
		name: 'history',
		check: () => {
			const { ok, detail, lateSince } = history.health();
			return { ok, detail, since: lateSince === undefined ? undefined : formatTime(lateSince) };
		}
	});
	metrics.gauge(
		'capitoul_history_queued_readings',
		'Accepted readings that are not yet where they stay',
		() => history.health().queued
	);
	metrics.gauge(
		'capitoul_history_lag_seconds',
		'Age of the oldest reading that queries do not see yet',
		() => history.health().lagMs / 1000
	);
	metrics.gauge(
		'capitoul_history_rejected_readings',
		'Readings the database refused for good, kept with their reason',
		() => history.health().rejected
	);
}

/** One line per source, so that an alert rule can name the one that is silent. */
export function sourceFigures(metrics: Metrics, sources: () => SourceStatus[]): void {
	metrics.gauge(
		'capitoul_source_ok',
		'1 while a source answers, 0 while it does not',
		() =>
			sources()
				.filter(({ ok }) => ok !== undefined)
				.map(({ id, layer, ok }) => ({ value: ok ? 1 : 0, labels: { source: id, layer } })),
		['source', 'layer']
	);
	metrics.gauge(
		'capitoul_source_last_success_timestamp_seconds',
		'When a source last answered whole',
		() =>
			sources().flatMap(({ id, layer, lastSuccess }) => {
				const at = lastSuccess === undefined ? undefined : parseTime(lastSuccess);
				return at === undefined ? [] : [{ value: at / 1000, labels: { source: id, layer } }];
			}),
		['source', 'layer']
	);
}

/** What a probe found on the whole way of a value (`npm run probe`), and the end of the certificate it was shown. */
export function probeFigures(
	metrics: Metrics,
	probe: { delays: Spread; sent: number; lost: number } | undefined,
	certificate: () => number | undefined = () => undefined
): void {
	metrics.histogram(
		'capitoul_probe_seconds',
		'From the sending of a reading to its frame on the side of a phone',
		() => (probe ? [{ spread: probe.delays }] : [])
	);
	metrics.counter('capitoul_probe_sent_total', 'Readings sent', () => probe?.sent ?? 0);
	metrics.counter(
		'capitoul_probe_lost_total',
		'Readings not heard in time',
		() => probe?.lost ?? 0
	);
	metrics.gauge(
		'capitoul_probe_certificate_end_timestamp_seconds',
		'When the certificate of the public address ends',
		() => {
			const end = certificate();
			return end === undefined ? [] : [{ value: end }];
		}
	);
}
