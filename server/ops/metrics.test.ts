import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('memory, requests by route, and what other parts count are told in Prometheus text', async () => {
	const metrics = createMetrics();
	let accepted = 2;
	metrics.counter('capitoul_raw_accepted_total', 'Raw messages accepted', () => accepted);
	metrics.counter(
		'capitoul_raw_refused_total',
		'Raw messages refused',
		() => [{ labels: { code: 'date_missing' }, value: 3 }],
		['code']
	);
	metrics.gauge('capitoul_city_entities', 'Entities known', () => 389);
	metrics.request({ method: 'GET', route: '/api/v1/layers', status: 200, seconds: 0.01 });
	accepted = 5;
	await metrics.text();
	const { body, contentType } = await metrics.text();
	expect(contentType).toContain('text/plain');
	expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
	// Read twice, told once: a scrape adds nothing to a count.
	expect(body).toContain('capitoul_raw_accepted_total 5');
	expect(body).toContain('capitoul_raw_refused_total{code="date_missing"} 3');
	expect(body).toContain('capitoul_city_entities 389');
	expect(body).toContain(
		'capitoul_http_requests_total{method="GET",route="/api/v1/layers",status="200"} 1'
	);
});

test('two processes in one test run do not share figures', async () => {
	const one = createMetrics();
	const two = createMetrics();
	one.request({ method: 'GET', route: '/only-one', status: 200, seconds: 0 });
	expect((await two.text()).body).not.toContain('/only-one');
});
