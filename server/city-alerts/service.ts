import { PREFIX } from '../../src/lib/topics.ts';
import type { Broker } from '../broker/port.ts';
import type { Host } from '../host.ts';
import { Herald } from './herald.ts';

/** Starts what follows the alerts of the whole city, on the connection and under the election of the alerts service. */
export async function startHerald(
	host: Host,
	{ broker, active, queued }: { broker: Broker; active: () => boolean; queued: () => void }
): Promise<Herald> {
	const { config, database, clock, log, metrics } = host;
	if (!database) throw new Error('alerts need the database');
	const herald = new Herald({ database, broker, clock, log, active, queued });
	await broker.subscribeRetained(`${PREFIX}/alert/+`, (message) => herald.take(message));
	if (!config.mqtt.url) await herald.restore();
	await herald.again();
	metrics.counter('capitoul_city_alerts_total', 'City alerts told', () => herald.told);
	metrics.counter(
		'capitoul_city_alerts_refused_total',
		'Messages of alert/ that were no alert',
		() => herald.refused
	);
	return herald;
}
