import { loopbackCertificate } from '../../server/testing/certificate.ts';
import { several } from './broker.ts';
import { next, startProgram, stop } from './process.ts';

interface Run {
	sent: number;
	cpuSeconds: number;
	seconds: number;
}

/** Sends `count` messages to a push service in another process, and waits for the sender's own account. */
async function send(program: string, count: number): Promise<Run> {
	// Read by Node as it starts, so that both trust the push service of the bench.
	const { file, keyFile } = loopbackCertificate();
	process.env['NODE_EXTRA_CA_CERTS'] = file;
	const service = await startProgram<number>('peers/push-service.ts', [file, keyFile]);
	const { child, first: port } = service;
	try {
		const { child: sender, first } = await startProgram<Run>(program, [
			String(port),
			String(count)
		]);
		await stop(sender);
		child.send('count');
		const taken = await next<number>(child);
		if (taken < count) throw new Error(`${taken} of ${count} messages arrived`);
		return first;
	} finally {
		await stop(child);
	}
}

/** Prints pushes per CPU-second of our sender, its durable queue included, beside `web-push` in a loop. */
export async function pushTable(quick: boolean): Promise<void> {
	const count = quick ? 2_000 : 10_000;
	const runs = quick ? 1 : 3;
	const perCpu = ({ sent, cpuSeconds }: Run) => sent / cpuSeconds;
	const ours = await several(runs, () => send('peers/push-ours.ts', count), perCpu);
	const loop = await several(runs, () => send('peers/push-loop.ts', count), perCpu);
	const ratio = perCpu(ours) / perCpu(loop);
	console.table([
		{
			measure: `push messages per CPU-second, ${count} subscriptions`,
			ours: `${perCpu(ours).toFixed(0)} (in ${ours.seconds.toFixed(1)} s, queue on disk included)`,
			'web-push in a loop': `${perCpu(loop).toFixed(0)} (in ${loop.seconds.toFixed(1)} s, no queue)`,
			ratio: `${ratio.toFixed(2)} ×`,
			budget: '≥ 1.4 × (1.7 ×); 10,000 in ≤ 10 s',
			holds: ratio >= 1.4 && (quick || ours.seconds <= 10) ? 'yes' : 'NO'
		}
	]);
}
