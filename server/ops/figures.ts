import { formatTime } from '../../src/lib/time.ts';
import type { BrokerCounts } from '../broker/embedded.ts';
import type { SourceStatus } from '../city/services.ts';
import type { HistoryStore } from '../history/store.ts';
import type { Intake } from '../intake/intake.ts';
import type { Journal } from '../intake/journal.ts';
import type { createHealth } from './health.ts';
import type { Metrics } from './metrics.ts';

// What each part of the program tells Prometheus, and what `/readyz` asks of it.

type HealthChecks = ReturnType<typeof createHealth>;

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
		() => intake.gaps
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
}
