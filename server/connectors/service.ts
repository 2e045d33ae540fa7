import path from 'node:path';
import type { Host } from '../host.ts';
import { createConnectors } from './connectors.ts';
import { geography } from './geography.ts';
import { writeOfficialPack } from './official.ts';

/** Starts the service that reads the feeds, and beside it the portal's geography. */
export async function startConnectors(host: Host): Promise<void> {
	const { sources, register, clock, log, signal } = host;
	const broker = await host.connect('connectors');
	const connectors = createConnectors({
		sources,
		register,
		broker,
		clock,
		log,
		onStatus: () => void say()
	});
	const say = host.up('connectors', broker, () => ({
		sources: connectors.statuses()
	}));
	host.keep('connectors', connectors.run(signal));
	const { portalUrl, dataDir, city } = host.config;
	const bundled = path.resolve(import.meta.dirname, '../../static/city', city);
	const onFile = () => writeOfficialPack(bundled, path.join(dataDir, 'city', city));
	host.keep('geography', geography({ portalUrl, dataDir, city, log, clock, onFile }, signal));
}
