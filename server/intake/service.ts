import { receiveRaw } from '../broker/receive.ts';
import type { Host } from '../host.ts';
import type { Intake } from './intake.ts';

/**
 * Lets the intake speak, and where the broker is `external` listen. The embedded broker asks it at its own door instead,
 * so that a device's acknowledgement itself waits for the disk.
 */
export async function startIntake(host: Host, intake: Intake, external: boolean): Promise<void> {
	const { config, health, log, signal } = host;
	const broker = await host.connect('intake');
	host.up('intake', broker);
	await intake.attach(broker, { shared: external });
	host.atEnd(() => intake.close());
	if (!external) return;
	let receiving = false;
	health.add({
		name: 'raw messages',
		check: () => ({ ok: receiving, detail: receiving ? undefined : 'not connected' })
	});
	host.keep(
		'intake',
		receiveRaw({
			onConnection: (connected) => (receiving = connected),
			mqtt: config.mqtt,
			instance: config.instance,
			accept: intake.accept.bind(intake),
			log,
			signal
		})
	);
}
