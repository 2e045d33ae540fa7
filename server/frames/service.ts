import type { Host } from '../host.ts';
import { Frames } from './frames.ts';

/** Starts the service that makes phones' frames from `state/`; one is active among the processes that run it. */
export async function startFrames(host: Host): Promise<void> {
	const { register, clock, log, metrics } = host;
	const broker = await host.connect('frames');
	host.up('frames', broker);
	const frames: Frames = new Frames({
		register,
		broker,
		clock,
		log,
		active: () => chosen.active()
	});
	const chosen = await host.elect('frames', broker, () => frames.activate());
	host.keep('frames', frames.run(host.signal));
	metrics.counter('capitoul_frames_total', 'Frames published', () => frames.sent);
	metrics.counter('capitoul_frame_bytes_total', 'Bytes of frames published', () => frames.bytes);
}
