import { DAY } from './calendar.ts';
import { SimulatedCity, type Report } from './city.ts';
import type { Options } from './options.ts';
import type { Pack } from './pack.ts';

/** A simulated city and the line of time it is read along. */
export interface Feed {
	city: SimulatedCity;
	/** First simulated instant, ms. */
	start: number;
	/** What stands at the start: the last word of each device; nothing under an even load. */
	first: Report[];
	/** The simulated instant after `elapsed` real ms, never past the present unless the start is. */
	at(elapsed: number, now: number): number;
}

export function openFeed(options: Options, pack: Pack, now: number): Feed {
	const { seed, layers, devices, rate, speed } = options;
	const perSecond = rate === undefined ? undefined : rate / speed;
	const city = new SimulatedCity({ seed, pack, layers, devices, perSecond });
	const start = options.start ?? (speed > 1 && !options.stdout ? now - DAY : now);
	const ahead = start > now;
	return {
		city,
		start,
		first: rate === undefined ? city.initial(start) : [],
		at: (elapsed, present) => {
			const simulated = start + elapsed * speed;
			return ahead ? simulated : Math.min(simulated, present);
		}
	};
}

/** A stretch of simulated time short enough that its reports, built at once, are some thousands at most. */
export const stretch = ({ city }: Feed, { rate, speed }: Options): number =>
	Math.max(
		1,
		Math.floor(
			rate === undefined ? 60_000_000 / (city.devices.length + 1_000) : (2_000_000 * speed) / rate
		)
	);

/** Every report from the start on, as fast as it is read, up to the count or the duration. */
export function* allReports(feed: Feed, options: Options): Generator<Report> {
	const { count = Infinity, duration = Infinity, speed } = options;
	const end = feed.start + duration * 1000 * speed;
	const step = stretch(feed, options);
	let told = 0;
	for (const report of feed.first) {
		if (told++ >= count) return;
		yield report;
	}
	for (let from = feed.start; from < end;) {
		const to = Math.min(from + step, end);
		for (const report of feed.city.reports(from, to)) {
			if (told++ >= count) return;
			yield report;
		}
		from = to;
	}
}
