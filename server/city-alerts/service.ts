import { PREFIX } from '../../src/lib/topics.ts';
import type { Broker } from '../broker/port.ts';
import type { Host } from '../host.ts';
import type { Herald } from './herald.ts';

/** Lets the herald hear the alerts of the whole city, on the connection of the alerts service; resolves once it knows them. */
export async function startHerald(
	{ config, metrics }: Pick<Host, 'config' | 'metrics'>,
	broker: Broker,
	herald: Herald
): Promise<void> {
	await broker.subscribeRetained(`${PREFIX}/alert/+`, (message) => herald.take(message));
	if (!config.mqtt.url) await herald.restore();
	await herald.again();
	metrics.counter('capitoul_city_alerts_total', 'City alerts told', () => herald.told);
	metrics.counter(
		'capitoul_city_alerts_refused_total',
		'Messages of alert/ that were no alert',
		() => herald.refused
	);
}
