import { setTimeout as pause } from 'node:timers/promises';
import { PREFIX } from '../../src/lib/topics.ts';
import { purgeDevices } from '../device/erase.ts';
import type { Host } from '../host.ts';
import { Herald } from '../city-alerts/herald.ts';
import { startHerald } from '../city-alerts/service.ts';
import { vapidKeys } from '../push/keys.ts';
import { Sender } from '../push/sender.ts';
import { httpsTransport } from '../push/transport.ts';
import { Vapid } from '../push/vapid.ts';
import { subjectOf } from '../push/subject.ts';
import { Alerts } from './engine.ts';

const LOOK_MS = 1_000;
const PURGE_MS = 3_600_000;

/** Starts what judges rules and what sends notices; one process is active among those that run it. */
export async function startAlerts(host: Host): Promise<void> {
	const { config, database, register, clock, log, metrics, signal } = host;
	if (!database) throw new Error('alerts need the database');
	const broker = await host.connect('alerts');
	host.up('alerts', broker);
	const { post, close } = httpsTransport();
	host.atEnd(close);
	const sender: Sender = new Sender({
		database,
		vapid: new Vapid(await vapidKeys(config, database), subjectOf(config), clock),
		post,
		allowedHosts: config.push.allowedHosts,
		origin: config.origin,
		clock,
		log,
		active: () => chosen.active()
	});
	const alerts: Alerts = new Alerts({
		database,
		register,
		clock,
		log,
		active: () => chosen.active(),
		queued: () => sender.nudge()
	});
	// Before the election: it may call for it at any time.
	const herald: Herald = new Herald({
		database,
		broker,
		clock,
		log,
		active: () => chosen.active(),
		queued: () => sender.nudge()
	});
	const chosen = await host.elect('alerts', broker, () => {
		alerts.forget();
		herald.again().catch((error: unknown) => log.warn({ err: error }, 'city alerts'));
	});
	await startHerald(host, broker, herald);
	host.keep('push', sender.run(signal));
	host.keep(
		'alerts',
		(async () => {
			let listening = false;
			let purgeAt = 0;
			while (!signal.aborted) {
				try {
					await alerts.load();
					// Where nobody asked for anything the stream costs nothing.
					if (!listening && alerts.rules > 0) {
						listening = true;
						await broker.subscribe(`${PREFIX}/state/#`, (message) => alerts.take(message));
					}
					alerts.tick();
				} catch (error) {
					log.warn({ err: error }, 'rules cannot be read');
				}
				await herald.tick().catch((error: unknown) => log.warn({ err: error }, 'city alerts'));
				if (chosen.active() && clock() >= purgeAt)
					try {
						// As many as there are, but a piece at each look: alerts do not wait for it.
						const erased = await purgeDevices(database, clock());
						if (erased === 0) purgeAt = clock() + PURGE_MS;
						else log.info({ erased }, 'devices not seen for long are erased');
					} catch (error) {
						purgeAt = clock() + PURGE_MS;
						log.warn({ err: error }, 'devices not seen for long');
					}
				await pause(LOOK_MS, undefined, { signal }).catch(() => {});
			}
			await Promise.all([alerts.flush(), herald.flush()]);
		})()
	);
	metrics.counter('capitoul_alerts_total', 'Rules that fired', () => alerts.told);
	metrics.counter(
		'capitoul_pushes_total',
		'Push messages taken by a push service',
		() => sender.sent
	);
	metrics.counter('capitoul_pushes_failed_total', 'Push messages given up', () => sender.failed);
	metrics.gauge('capitoul_pushes_under_way', 'Push messages under way', () => sender.underWay);
}
