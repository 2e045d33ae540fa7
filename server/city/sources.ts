import { levels, PREFIX } from '../../src/lib/topics.ts';
import { parseTime } from '../../src/lib/time.ts';
import type { Broker } from '../broker/port.ts';
import type { SourceStatus } from './services.ts';

/** A service not heard for so long is down, whatever it last said. */
const SILENT_MS = 15_000;

/**
 * What every connectors service says of its sources, by `service/+/status`: the same whether it runs in this process or
 * on another host. A source of a service that went silent is late, since that service was last heard.
 */
export async function watchSources(
	broker: Broker,
	clock: () => number
): Promise<() => SourceStatus[]> {
	const services = new Map<string, { t: number; sources: SourceStatus[] }>();
	await broker.subscribe(`${PREFIX}/service/+/status`, ({ topic, payload }) => {
		const [, service = ''] = levels(topic) ?? [];
		let status: { up?: unknown; t?: unknown; sources?: unknown };
		try {
			status = JSON.parse(payload.toString('utf8')) as typeof status;
		} catch {
			return; // not a status: says nothing of any source
		}
		if (status.up === true && Array.isArray(status.sources))
			services.set(service, {
				t: parseTime(String(status.t)) ?? clock(),
				sources: status.sources as SourceStatus[] // services write there alone (rights), in this form
			});
		else if (status.up === false) {
			const known = services.get(service);
			if (known) known.t = -Infinity;
		}
	});
	return () => {
		const now = clock();
		const byId = new Map<string, SourceStatus>();
		for (const { t, sources } of services.values()) {
			const silent = now - t > SILENT_MS;
			for (const source of sources) {
				if (silent && byId.has(source.id)) continue;
				byId.set(
					source.id,
					silent
						? {
								...source,
								ok: false,
								since: source.since,
								detail: 'the connectors service is down'
							}
						: source
				);
			}
		}
		return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
	};
}
