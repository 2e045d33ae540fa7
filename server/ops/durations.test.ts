import { expect, test } from 'vitest';
import { Durations, DurationsBy } from './durations.ts';
import { createMetrics } from './metrics.ts';

test('each duration is counted in the first bucket that holds it, and in all above', () => {
	const durations = new Durations([0.1, 1, 10]);
	for (const seconds of [0.05, 0.1, 0.5, 10, 11, -3]) durations.add(seconds);
	expect(durations.cumulative()).toEqual([3, 4, 5]);
	expect(durations.count).toBe(6);
	expect(durations.sum).toBeCloseTo(21.65);
});

test('a histogram is told as Prometheus reads it: buckets that rise, +Inf equal to the count', async () => {
	const metrics = createMetrics();
	const byLayer = new DurationsBy([0.25, 1]);
	metrics.histogram('capitoul_x_seconds', 'Some time', () =>
		[...byLayer.all].map(([layer, spread]) => ({ labels: { layer }, spread }))
	);
	byLayer.add('bike', 0.2);
	byLayer.add('bike', 0.7);
	byLayer.add('air', 5);
	const { body } = await metrics.text();
	expect(body).toContain('# TYPE capitoul_x_seconds histogram');
	expect(body.split('\n').filter((line) => line.startsWith('capitoul_x_seconds'))).toEqual([
		'capitoul_x_seconds_bucket{layer="bike",le="0.25"} 1',
		'capitoul_x_seconds_bucket{layer="bike",le="1"} 2',
		'capitoul_x_seconds_bucket{layer="bike",le="+Inf"} 2',
		'capitoul_x_seconds_sum{layer="bike"} 0.8999999999999999',
		'capitoul_x_seconds_count{layer="bike"} 2',
		'capitoul_x_seconds_bucket{layer="air",le="0.25"} 0',
		'capitoul_x_seconds_bucket{layer="air",le="1"} 0',
		'capitoul_x_seconds_bucket{layer="air",le="+Inf"} 1',
		'capitoul_x_seconds_sum{layer="air"} 5',
		'capitoul_x_seconds_count{layer="air"} 1'
	]);
});
