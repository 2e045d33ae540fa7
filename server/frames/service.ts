import type { Host } from '../host.ts';
import { byLayer } from '../ops/figures.ts';
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
	const { delays, ages } = frames;
	metrics.histogram(
		'capitoul_frame_delay_seconds',
		'From the arrival of a reading to the frame that tells it',
		() => byLayer(delays)
	);
	metrics.histogram(
		'capitoul_frame_age_seconds',
		'Age of a reading when its frame leaves for the phones',
		() => byLayer(ages)
	);
	metrics.counter('capitoul_frames_total', 'Frames published', () => frames.sent);
	metrics.counter('capitoul_frame_bytes_total', 'Bytes of frames published', () => frames.bytes);
}
