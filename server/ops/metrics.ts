import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { histogramText, type Spread } from './durations.ts';

/** One figure with its labels, read when Prometheus asks. */
export interface Sample {
	value: number;
	labels?: Record<string, string>;
}

/** One spread with its labels. */
export interface Spreading {
	spread: Spread;
	labels?: Readonly<Record<string, string>>;
}

type Read = () => number | readonly Sample[];

export interface Metrics {
	/** A figure that only grows. `read` gives its total so far; its part of the program keeps the count. */
	counter(name: string, help: string, read: Read, labelNames?: readonly string[]): void;
	/** A figure that goes up and down. */
	gauge(name: string, help: string, read: Read, labelNames?: readonly string[]): void;
	/** How durations or ages are spread; counted where they arise (`Durations`), read when Prometheus asks. */
	histogram(name: string, help: string, read: () => readonly Spreading[]): void;
	/** One HTTP request answered; `route` is its template, so that ids do not make a series each. */
	request(request: { method: string; route: string; status: number; seconds: number }): void;
	text(): Promise<{ contentType: string; body: string }>;
}

const samples = (read: Read): readonly Sample[] => {
	const found = read();
	return typeof found === 'number' ? [{ value: found }] : found;
};

/** The figures of this process in Prometheus' terms, memory and event loop among them. */
export function createMetrics(): Metrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const requests = new Counter({
		name: 'capitoul_http_requests_total',
		help: 'HTTP requests answered',
		labelNames: ['method', 'route', 'status'],
		registers: [registry]
	});
	const durations = new Histogram({
		name: 'capitoul_http_request_seconds',
		help: 'Time from the head of a request to the end of its answer',
		labelNames: ['route'],
		buckets: [0.005, 0.015, 0.05, 0.15, 0.5, 1.5, 5],
		registers: [registry]
	});
	// prom-client hashes labels at each value, which is too much for every reading: these are told beside its own.
	const spreads: (() => string)[] = [];
	return {
		counter(name, help, read, labelNames = []) {
			new Counter({
				name,
				help,
				labelNames,
				registers: [registry],
				collect() {
					this.reset();
					for (const { labels = {}, value } of samples(read)) this.inc(labels, value);
				}
			});
		},
		gauge(name, help, read, labelNames = []) {
			new Gauge({
				name,
				help,
				labelNames,
				registers: [registry],
				collect() {
					this.reset();
					for (const { labels = {}, value } of samples(read)) this.set(labels, value);
				}
			});
		},
		histogram: (name, help, read) => void spreads.push(() => histogramText(name, help, read())),
		request({ method, route, status, seconds }) {
			requests.inc({ method, route, status: String(status) });
			durations.observe({ route }, seconds);
		},
		text: async () => ({
			contentType: registry.contentType,
			body: [await registry.metrics(), ...spreads.map((told) => `${told()}\n`)].join('\n')
		})
	};
}
