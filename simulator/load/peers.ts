import { startInflux } from '../../server/testing/influx.ts';
import { missing, ours, peer, type PeerName } from '../bench/intake.ts';
import type { PeerResult } from './results.ts';

const OURS = 60_000;
const PEERS: Record<PeerName, { words: string; count: number }> = {
	python: { words: 'Python, one write per point', count: 3_000 },
	'node-red': { words: 'Node-RED', count: 4_000 },
	'node-late': { words: 'bare Node, late acknowledgement', count: 60_000 }
};

/** One run of our intake and of each peer that is on this machine: readings stored per CPU-second, as `npm run bench`. */
export async function peersNow(command: string): Promise<PeerResult[]> {
	const influx = await startInflux();
	if (!influx) return [];
	try {
		const found: PeerResult[] = [{ name: 'our intake', ...(await ours(command, influx, OURS)) }];
		for (const [name, { words, count }] of Object.entries(PEERS)) {
			const reason = missing(name as PeerName);
			if (reason !== undefined) console.log(`skipped: ${words}: ${reason}`);
			else
				await peer(name as PeerName, command, influx, count).then(
					(stored) => found.push({ name: words, ...stored }),
					(error: unknown) => console.log(`skipped: ${words}: ${String(error)}`)
				);
		}
		return found;
	} finally {
		await influx.remove();
	}
}
