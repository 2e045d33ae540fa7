import type { Host } from '../host.ts';
import { byLayer } from '../ops/figures.ts';
import { Districts } from './districts.ts';

/** Starts the service that makes the figures of districts; one is active among the processes that run it. */
export async function startDistricts(host: Host): Promise<void> {
	const { register, history, districts: map, clock, log, metrics } = host;
	const broker = await host.connect('districts');
	host.up('districts', broker);
	const districts: Districts = new Districts({
		register,
		broker,
		history,
		map,
		clock,
		log,
		active: () => chosen.active()
	});
	const chosen = await host.elect('districts', broker, () => districts.activate());
	host.keep('districts', districts.run(host.signal));
	metrics.counter(
		'capitoul_district_messages_total',
		'District figures published',
		() => districts.sent
	);
	metrics.histogram(
		'capitoul_district_age_seconds',
		'Age of the newest reading behind a district’s figures when they are published',
		() => byLayer(districts.ages)
	);
	metrics.gauge('capitoul_districts', 'Layers of districts with figures', () => districts.size);
}
