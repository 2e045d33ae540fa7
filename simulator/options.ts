import { parseArgs } from 'node:util';
import { parseTime } from '../src/lib/time.ts';
import { DAY, HOUR } from './calendar.ts';
import { MODELLED } from './city.ts';

export interface Options {
	seed: number;
	devices: number | undefined;
	/** Messages a real second. */
	rate: number | undefined;
	layers: string[] | undefined;
	/** Simulated seconds in a real second. */
	speed: number;
	/** First simulated instant, ms; undefined: now, or a day ago where time runs faster than the clock. */
	start: number | undefined;
	count: number | undefined;
	/** Real seconds; simulated ones are `speed` times as many. */
	duration: number | undefined;
	stdout: boolean;
	/** Write the past so many ms long into history, and end. */
	backfill: number | undefined;
	city: string;
}

/** What the person typed cannot be understood: every problem found. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
	readonly problems: readonly string[];
	constructor(problems: readonly string[]) {
		super(problems.join('\n'));
		this.problems = problems;
	}
}

export const HELP = `npm run simulate -- [options]

Publishes a simulated city to an MQTT broker as devices would (3.1.1, QoS 1), or prints it.
The same --seed and --start give the same messages, byte for byte.

  --seed N        which city and which weather (31)
  --devices N     how many devices in all (as many as Toulouse has)
  --rate N        messages a second in all, evenly spread (each kind of device at its own pace)
  --layers a,b    only these: ${MODELLED.join(', ')} (all)
  --speed N       simulated seconds in a second (1). Without --start, a speed above 1 starts a day ago
                  and slows to 1 when it reaches the present
  --start TIME    first simulated instant, RFC 3339: 2026-11-23T07:00:00Z (now)
  --count N       stop after N messages
  --duration N    stop after N seconds
  --stdout        print one line a message, \`topic payload\`, unpaced, and connect to nothing
  --backfill 30d  write the last 30 days (or hours: 12h) into history, as if the city had reported all the time, and
                  end: the store of DATA_DIR, or of INFLUX_URL. The same seed writes what --speed 1 would have
                  sent; twice is once. It stays until \`npm run history -- forget --system sim\`
  --city NAME     the bundled city (toulouse)
  --help          this text

Environment: MQTT_URL (mqtt://127.0.0.1:1883), MQTT_USERNAME and MQTT_PASSWORD (on this machine: the account
the embedded broker left in DATA_DIR, ./data; else none), MQTT_CA.
`;

/** Reads the command line. Throws one `UsageError` with every problem; 'help' where help is asked. */
export function readOptions(argv: string[]): Options | 'help' {
	const text = { type: 'string' } as const;
	let values: Record<string, string | boolean | undefined>;
	try {
		({ values } = parseArgs({
			args: argv,
			options: {
				seed: text,
				devices: text,
				rate: text,
				layers: text,
				speed: text,
				start: text,
				count: text,
				duration: text,
				city: text,
				backfill: text,
				stdout: { type: 'boolean' },
				help: { type: 'boolean', short: 'h' }
			}
		}));
	} catch (error) {
		throw new UsageError([(error as Error).message]);
	}
	if (values['help']) return 'help';
	const problems: string[] = [];
	const number = (name: string, min: number, max: number, whole: boolean) => {
		const given = values[name];
		if (given === undefined) return undefined;
		const value = Number(given);
		const form = whole ? /^\d+$/ : /^\d+(\.\d+)?$/;
		if (form.test(String(given)) && value >= min && value <= max) return value;
		problems.push(
			`--${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${given}"`
		);
		return undefined;
	};
	const layers = values['layers'] === undefined ? undefined : String(values['layers']).split(',');
	for (const layer of layers ?? [])
		if (!MODELLED.includes(layer))
			problems.push(`--layers knows ${MODELLED.join(', ')}, not "${layer}"`);
	const start = values['start'] === undefined ? undefined : parseTime(String(values['start']));
	if (values['start'] !== undefined && start === undefined)
		problems.push(`--start must be like 2026-11-23T07:00:00Z, not "${values['start']}"`);
	const city = String(values['city'] ?? 'toulouse');
	if (!/^[a-z][a-z0-9-]*$/.test(city)) problems.push(`--city must be in [a-z0-9-], not "${city}"`);
	const backfill = values['backfill'] === undefined ? undefined : span(String(values['backfill']));
	if (values['backfill'] !== undefined && backfill === undefined)
		problems.push(
			`--backfill must be like 30d or 12h, at most ${LONGEST_DAYS}d, not "${values['backfill']}"`
		);
	if (values['backfill'] !== undefined)
		for (const other of ['rate', 'speed', 'start', 'count', 'duration', 'stdout'])
			if (values[other] !== undefined)
				problems.push(`--backfill and --${other} do not go together`);
	const options: Options = {
		seed: number('seed', 0, 2 ** 32 - 1, true) ?? 31,
		devices: number('devices', 1, 100_000, true),
		rate: number('rate', 0.001, 100_000, false),
		speed: number('speed', 0.001, 100_000, false) ?? 1,
		count: number('count', 1, 1e12, true),
		duration: number('duration', 0.001, 1e9, false),
		layers,
		start,
		stdout: values['stdout'] === true,
		backfill,
		city
	};
	if (problems.length > 0) throw new UsageError(problems);
	return options;
}

const LONGEST_DAYS = 800; // as long as the hourly rollups of readings are kept

/** `30d` or `12h` in ms. */
function span(text: string): number | undefined {
	const [, count, unit] = /^([1-9]\d{0,4})([dh])$/.exec(text) ?? [];
	const ms = Number(count) * (unit === 'd' ? DAY : HOUR);
	return ms <= LONGEST_DAYS * DAY ? ms : undefined;
}
