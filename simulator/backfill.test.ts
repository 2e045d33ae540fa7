import { afterAll, expect, test } from 'vitest';
import { register } from '../src/lib/layers/index.ts';
import { influxServer, embedded, openSubject, type Subject } from '../server/history/subject.ts';
import { readRaw } from '../server/intake/raw.ts';
import { readingsOf } from '../server/intake/intake.ts';
import { backfill } from './backfill.ts';
import { SimulatedCity } from './city.ts';
import { readOptions } from './options.ts';
import { readPack } from './pack.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-29T12:34:56Z'); // the night before, an hour was missing
const pack = readPack('toulouse');
const layers = register();
const make = () => new SimulatedCity({ seed: 7, pack, devices: 24 });

const influx = await influxServer();
afterAll(() => influx?.server?.remove());

/** All that a store holds, a line a reading. */
async function all(subject: Subject): Promise<string[]> {
	const lines: string[] = [];
	for (const { id: layer } of layers.all)
		for await (const page of subject.store().export(layer, 0, NOW + HOUR))
			for (const { entity, attribute, t, v } of page)
				lines.push(`${entity} ${attribute} ${t} ${v}`);
	return lines.sort();
}

for (const [name, config] of [
	['node:sqlite', () => embedded],
	...(influx ? ([['InfluxDB', influx.config]] as const) : [])
] as const)
	test(`${name}: the past is what the live simulator would have said, with rollups, and twice is once`, async () => {
		const subject = await openSubject(config(), NOW);
		const from = NOW - 50 * 24 * HOUR; // older than any raw reading is taken from a device
		const until = from + 14 * HOUR; // over a midnight
		const { readings } = await backfill(subject.store(), make(), from, until);
		const live = make()
			.reports(from, until)
			.flatMap(({ topic, payload }) => {
				const patch = readRaw(layers, topic, Buffer.from(payload), until);
				return 'removed' in patch ? [] : readingsOf(patch);
			});
		const wanted = live.map(({ entity, attribute, t, v }) => `${entity} ${attribute} ${t} ${v}`);
		expect(readings).toBe(wanted.length);
		expect(await all(subject)).toEqual(wanted.sort());

		await backfill(subject.store(), make(), from + HOUR, until);
		expect(await all(subject)).toEqual(wanted);
		const { entity, attribute } = live[0] ?? { entity: '', attribute: '' };
		const ours = live.filter((r) => r.entity === entity && r.attribute === attribute);
		const t0 = Math.floor(from / HOUR) * HOUR;
		const rolled = await subject
			.store()
			.buckets({ entity, attribute }, { t0, step: HOUR, count: 15 });
		expect(rolled.n.reduce((a, b) => a + b)).toBe(ours.length);
		await subject.close();
	}, 60_000);

test('--backfill takes days and hours, and nothing it cannot keep', () => {
	const read = (...args: string[]) => {
		const options = readOptions(['--backfill', ...args]);
		return options === 'help' ? undefined : options.backfill;
	};
	expect(read('30d')).toBe(30 * 24 * HOUR);
	expect(read('12h')).toBe(12 * HOUR);
	for (const wrong of ['30', '0d', 'd', '1w', '9999d']) expect(() => read(wrong)).toThrow('30d');
	expect(() => read('1d', '--speed', '2')).toThrow('--speed');
});
