import { register } from '../../src/lib/layers/index.ts';
import { createMetrics } from '../ops/metrics.ts';
import { probeFigures } from '../ops/figures.ts';
import { startWhole } from './whole.ts';

/**
 * What Prometheus would read from a running program with every service and a city in it, and from a probe: the text, and
 * the names of all series it can be asked for.
 */
export async function toldMetrics(): Promise<{
	body: string;
	names: Set<string>;
	stop: () => Promise<void>;
}> {
	const whole = await startWhole({ SIMULATOR: 'on' });
	const deadline = Date.now() + 20_000;
	let body = '';
	while (Date.now() < deadline) {
		body = await (await fetch(whole.metricsUrl)).text();
		if (
			register().all.every(({ id }) =>
				body.includes(`capitoul_frame_age_seconds_count{layer="${id}"}`)
			)
		)
			break;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	const probe = createMetrics();
	probeFigures(probe, undefined);
	body += (await probe.text()).body;
	const names = new Set<string>();
	for (const [, name = '', kind] of body.matchAll(/^# TYPE (\S+) (\w+)$/gm))
		if (kind === 'histogram')
			for (const part of ['bucket', 'sum', 'count']) names.add(`${name}_${part}`);
		else names.add(name);
	return { body, names, stop: whole.stop };
}
