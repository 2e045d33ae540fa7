import * as v from 'valibot';
import { expect, test } from 'vitest';
import { inside } from '../src/lib/geo.ts';
import { parseId } from '../src/lib/layers/entity.ts';
import { register } from '../src/lib/layers/index.ts';
import { parseTime } from '../src/lib/time.ts';
import { SimulatedCity, type Report } from './city.ts';
import { readPack } from './pack.ts';

const pack = readPack('toulouse');
const layers = register();
const HOUR = 3_600_000;
const monday = Date.parse('2026-11-23T07:00:00Z'); // 8:00 in Toulouse

const payload = ({ payload }: Report) => JSON.parse(payload) as Record<string, unknown>;
const lines = (reports: Report[]) => reports.map(({ topic, payload }) => `${topic} ${payload}`);
const mean = (reports: Report[], attribute: string) => {
	const values = reports.map((r) => payload(r)[attribute]).filter((x) => typeof x === 'number');
	return values.reduce((a, b) => a + b, 0) / values.length;
};

test('every message is one its layer accepts, in every season', () => {
	const city = new SimulatedCity({ seed: 7, pack });
	let checked = 0;
	for (const day of ['2026-01-12', '2026-03-29', '2026-07-18', '2026-10-25', '2026-12-25']) {
		for (const hour of ['03', '08', '14', '18', '23']) {
			for (const report of city.initial(Date.parse(`${day}T${hour}:17:31Z`))) {
				const layer = layers.get(report.layer);
				const message = payload(report);
				const read = layer && v.safeParse(layer.schema, message);
				expect(read?.issues, `${report.topic} ${report.payload}`).toBeUndefined();
				const { coordinates } = message['location'] as { coordinates: [number, number] };
				expect(inside(coordinates, pack.city.bbox), report.payload).toBe(true);
				const known = layer?.live.filter((name) => name in message) ?? [];
				expect(known, 'the main attribute is told').toContain(layer?.main);
				checked++;
			}
		}
	}
	expect(checked).toBe(25 * city.devices.length);
});

test('ids say that they are simulated, ids and names are all different, and the source is « simulation »', () => {
	const { devices } = new SimulatedCity({ seed: 7, pack });
	for (const { id, layer, name } of devices) {
		expect(parseId(id)).toMatchObject({ layer, system: 'sim' });
		expect(name).toMatch(/simulée?/);
	}
	expect(new Set(devices.map(({ id }) => id)).size).toBe(devices.length);
	expect(new Set(devices.map(({ name }) => name)).size).toBe(devices.length);
	const [first] = new SimulatedCity({ seed: 7, pack }).initial(monday);
	expect(first && payload(first)).toMatchObject({ source: 'simulation' });
});

test('the same seed and the same simulated minutes give the same bytes, whenever the process started', () => {
	const early = new SimulatedCity({ seed: 7, pack });
	early.initial(monday - 30 * HOUR);
	early.reports(monday - 30 * HOUR, monday - 29 * HOUR);
	const late = new SimulatedCity({ seed: 7, pack });
	const hour: [number, number] = [monday, monday + 5 * 60_000];
	expect(lines(early.reports(...hour))).toEqual(lines(late.reports(...hour)));
	const other = new SimulatedCity({ seed: 8, pack });
	expect(lines(other.reports(...hour))).not.toEqual(lines(late.reports(...hour)));
});

test('a stretch of time read in pieces is the stretch read at once: nothing twice, nothing missing', () => {
	const whole = new SimulatedCity({ seed: 7, pack }).reports(monday, monday + 20 * 60_000);
	const city = new SimulatedCity({ seed: 7, pack });
	const pieces: Report[] = [];
	for (let t = monday; t < monday + 20 * 60_000; t += 37_123)
		pieces.push(...city.reports(t, Math.min(t + 37_123, monday + 20 * 60_000)));
	expect(lines(pieces)).toEqual(lines(whole));
	expect(whole.map(({ at }) => at)).toEqual(whole.map(({ at }) => at).toSorted((a, b) => a - b));
});

test('no report is dated after it is sent, and each device counts its messages one by one', () => {
	const city = new SimulatedCity({ seed: 3, pack });
	const last = new Map<string, number>();
	for (const report of city.reports(monday, monday + 2 * HOUR)) {
		const { dateObserved, sequence } = payload(report);
		expect(parseTime(String(dateObserved))).toBeLessThanOrEqual(report.at);
		const before = last.get(report.id);
		if (before !== undefined) expect(sequence).toBe(before + 1);
		last.set(report.id, Number(sequence));
	}
	expect(last.size).toBe(city.devices.length);
});

test('an hourly mean of air is dated by the end of its hour', () => {
	const city = new SimulatedCity({ seed: 7, pack, layers: ['air'] });
	for (const report of city.initial(monday + 42 * 60_000))
		expect(payload(report)['dateObserved']).toBe('2026-11-23T07:00:00Z');
});

test('the city has its rush hours: car parks fill, traffic raises NO2 and ozone runs against it', () => {
	const city = new SimulatedCity({ seed: 7, pack });
	const at = (iso: string, layer: string) => city.initial(Date.parse(iso), layer);
	expect(mean(at('2026-11-24T10:00:00Z', 'parking'), 'occupancy')).toBeGreaterThan(
		2 * mean(at('2026-11-24T03:00:00Z', 'parking'), 'occupancy')
	);
	const rush = at('2026-11-24T08:15:00Z', 'air');
	const night = at('2026-11-24T03:15:00Z', 'air');
	expect(mean(rush, 'no2')).toBeGreaterThan(1.5 * mean(night, 'no2'));
	expect(mean(rush, 'o3')).toBeLessThan(mean(night, 'o3'));
});

test('afternoons are warmer than nights and July than January', () => {
	const city = new SimulatedCity({ seed: 7, pack, layers: ['weather'] });
	const warmth = (month: string, hour: number) => {
		let sum = 0;
		for (let day = 1; day <= 28; day++)
			sum += mean(
				city.initial(Date.parse(`2026-${month}-01T00:00:00Z`) + ((day - 1) * 24 + hour) * HOUR),
				'temperature'
			);
		return sum / 28;
	};
	expect(warmth('07', 14)).toBeGreaterThan(warmth('07', 3) + 3);
	expect(warmth('07', 14)).toBeGreaterThan(warmth('01', 14) + 8);
});

test.each([5, 40, 356, 2_000])(
	'a city of %i devices has that many, every layer among them',
	(devices) => {
		const city = new SimulatedCity({ seed: 7, pack, devices });
		expect(city.devices).toHaveLength(devices);
		expect(new Set(city.devices.map(({ layer }) => layer)).size).toBe(5);
		expect(new Set(city.devices.map(({ id }) => id)).size).toBe(devices);
	}
);

test('under load every device reports once a period, evenly spread, each reading of its own time', () => {
	const city = new SimulatedCity({ seed: 7, pack, devices: 50, perSecond: 200 });
	const reports = city.reports(monday, monday + 1_000);
	expect(reports).toHaveLength(200);
	expect(new Set(reports.map((r) => `${r.id} ${String(payload(r)['dateObserved'])}`)).size).toBe(
		200
	);
});

test('a layer without a model is not simulated', () => {
	const city = new SimulatedCity({ seed: 7, pack, layers: ['river', 'air'] });
	expect(new Set(city.devices.map(({ layer }) => layer))).toEqual(new Set(['air']));
});
