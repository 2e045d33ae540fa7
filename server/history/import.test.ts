import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bike } from '../../src/lib/layers/bike/layer.ts';
import { register } from '../../src/lib/layers/index.ts';
import { parking } from '../../src/lib/layers/parking/layer.ts';
import { formatTime, instant } from '../../src/lib/time.ts';
import { samples } from '../testing/real.ts';
import { fields } from './csv.ts';
import { importFile } from './import.ts';
import { maps } from './import-maps.ts';
import { history } from './query.ts';
import { DAY_MS, HOUR_MS, layerOf, type Reading } from './store.ts';
import { embedded, influxServer, openSubject, type Subject } from './subject.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'import-'));
const influx = await influxServer();
afterAll(async () => {
	await influx?.server?.remove();
	fs.rmSync(folder, { recursive: true });
});

const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;

function file(text: string): string {
	const name = path.join(folder, `${Math.random()}.csv`);
	fs.writeFileSync(name, text);
	return name;
}

async function bring(subject: Subject, name: string, map: string, system: string) {
	const found = maps[map];
	if (!found) throw new Error(`no map ${map}`);
	const order = { file: name, map: found, system, zone: 'Europe/Paris' };
	return importFile(subject.store(), register(), order);
}

async function exported(subject: Subject, layer: string): Promise<Reading[]> {
	const rows: Reading[] = [];
	const all = subject.store().export(layer, Date.UTC(1900, 0), Date.UTC(2100, 0));
	for await (const page of all) rows.push(...page);
	return rows;
}

test('fields are cut at separators outside quotes', () => {
	expect(fields('a,"b,""c""",,d', ',')).toEqual(['a', 'b,"c"', '', 'd']);
	expect(fields('x;y;', ';')).toEqual(['x', 'y', '']);
});

describe('the maps', () => {
	let subject: Subject;
	beforeAll(async () => {
		subject = await openSubject(embedded, now);
	});
	afterAll(() => subject.close());

	test('canonical: what an export holds comes back, under the system named', async () => {
		const name = file(
			'entity,attribute,dateObserved,value\n' +
				'air-x-1,no2,1946-01-04T00:00:00Z,12.5\r\n' +
				'air-x-1,no2,2024-06-01T10:00:00+02:00,0\n' +
				'air-x-1,no2,2024-06-01,1\n' +
				'air-x-1,no2,2024-06-01T11:00:00Z,-4\n' +
				'air-x-1,no2,2024-06-01T12:00:00Z,\n' +
				'air-x-1,radon,2024-06-01T12:00:00Z,3\n' +
				'air,no2,2024-06-01T12:00:00Z,3\n'
		);
		const { readings, series, skipped } = await bring(subject, name, 'canonical', 'old');
		expect([readings, series]).toEqual([2, 1]);
		expect([...skipped.values()].map(({ line }) => line)).toEqual([4, 5, 6, 7, 8]);
		expect(await exported(subject, 'air')).toEqual(
			[
				['1946-01-04T00:00:00Z', 12.5],
				['2024-06-01T08:00:00Z', 0]
			].map(([t, v]) => ({
				entity: 'air-old-1',
				layer: 'air',
				attribute: 'no2',
				t: Date.parse(String(t)),
				v
			}))
		);
	});

	test('montpellier: local time, car parks and bikes, no place without a name', async () => {
		const name = file(
			'\uFEFFDate;Heure;Type;Nom;Places_Libres;Places_Totales\n' +
				'2026-01-05;08:30;Voiture;Comédie;12;664\n' +
				'2026-03-29;02:30;Voiture;Comédie;13;664\n' + // an hour that never was
				'2026-07-05;08:30;Velo;Comédie;3;20\n' +
				'2026-07-05;08:30;Velo;Inconnu;3;20\n'
		);
		expect((await bring(subject, name, 'montpellier', 'mtp')).readings).toBe(4);
		expect(await exported(subject, 'parking')).toMatchObject([
			{ entity: 'parking-mtp-comedie', attribute: 'availableSpotNumber', v: 12 },
			{ attribute: 'totalSpotNumber', t: Date.parse('2026-01-05T07:30:00Z'), v: 664 }
		]);
		expect(await exported(subject, 'bike')).toMatchObject([
			{ entity: 'bike-mtp-comedie', attribute: 'freeSlotNumber', v: 3 },
			{ attribute: 'totalSlotNumber', t: Date.parse('2026-07-05T06:30:00Z'), v: 20 }
		]);
	});

	test('a file of another kind is refused whole', async () => {
		await expect(bring(subject, file('a,b\n1,2\n'), 'citybikes', 'x')).rejects.toThrow(
			'no column timestamp'
		);
	});
});

/** A generator of numbers in [0, 1) that gives the same ones every time (mulberry32). */
function seeded(seed: number): () => number {
	let a = seed;
	return () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

type Truth = Map<string, { t: number; v: number }[]>;

/** The recorded series as a reader of the CSV sees them, by code that shares nothing with the import. */
function montpellierTruth(name: string): Truth {
	const truth: Truth = new Map();
	for (const line of fs.readFileSync(name, 'utf8').trim().split('\n').slice(1)) {
		const [date = '', time = '', type = '', place = '', free = ''] = line.split(';');
		if (place === 'Inconnu') continue;
		const [y = 0, mo = 0, d = 0] = date.split('-').map(Number);
		const [h = 0, mi = 0] = time.split(':').map(Number);
		const ref = place
			.normalize('NFD')
			.replace(/\p{M}/gu, '')
			.toLowerCase()
			.replace(/[^a-z0-9]+/g, '-')
			.replace(/^-|-$/g, '');
		const key =
			type === 'Voiture'
				? `parking-mtp-${ref} availableSpotNumber`
				: `bike-mtp-${ref} freeSlotNumber`;
		const series = truth.get(key) ?? [];
		truth.set(key, series);
		series.push({ t: instant(y, mo, d, h, mi), v: Number(free) });
	}
	return truth;
}

function bordeauxTruth(name: string): Truth {
	const truth: Truth = new Map();
	for (const line of fs.readFileSync(name, 'utf8').trim().split('\n').slice(1)) {
		const [time = '', station = ''] = line.split(',');
		const bikes = line.split(',').at(-4);
		const key = `bike-vcub-${station} availableBikeNumber`;
		const series = truth.get(key) ?? [];
		truth.set(key, series);
		series.push({ t: Date.parse(time), v: Number(bikes) });
	}
	return truth;
}

const recorded = samples();

for (const [title, open] of [
	['node:sqlite', () => openSubject(embedded, now)],
	['InfluxDB', influx && (() => openSubject(influx.config(), now))]
] as const)
	describe.skipIf(recorded === undefined || open === undefined)(`recorded series, ${title}`, () => {
		if (recorded === undefined || open === undefined) return;
		let subject: Subject;
		const montpellier = path.join(
			recorded,
			'montpellier_parking-and-bike-history_2025-12-28_2026-01-18.csv'
		);
		const bordeaux = path.join(recorded, 'bordeaux_vcub_history_2025-11.csv');
		beforeAll(async () => {
			subject = await open();
			await bring(subject, montpellier, 'montpellier', 'mtp');
			await bring(subject, bordeaux, 'citybikes', 'vcub');
		}, 120_000);
		afterAll(() => subject.close());

		test.each([
			['Montpellier', () => montpellierTruth(montpellier)],
			['Bordeaux', () => bordeauxTruth(bordeaux)]
		])('30 answers of any sensor, day and step equal the CSV of %s', async (_name, read) => {
			const truth = read();
			const random = seeded(20261122);
			const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)];
			for (let i = 0; i < 30; i++) {
				const [key = '', series = []] = pick([...truth]) ?? [];
				const [entity = '', attribute = ''] = key.split(' ');
				const day = Math.floor((pick(series)?.t ?? 0) / DAY_MS) * DAY_MS;
				const points = pick([2, 5, 8, 24, 48, 96, 288, 1000]) ?? 24;
				const asked = { from: day, to: day + DAY_MS, points };
				const layer = layerOf(entity) === 'bike' ? bike : parking;
				const answer = await history(subject.store(), layer, { entity, attribute }, asked);
				const t0 = Date.parse(answer.t0);
				const step = answer.step * 1000;
				const what = `${key} from ${formatTime(t0)} by ${answer.step} s`;
				expect(t0, what).toBeLessThanOrEqual(day);
				expect(t0 + step * answer.n.length, what).toBeGreaterThanOrEqual(day + DAY_MS);
				answer.n.forEach((n, b) => {
					const from = t0 + b * step;
					const inside = new Map(
						series.filter(({ t }) => t >= from && t < from + step).map(({ t, v }) => [t, v])
					);
					const values = [...inside.values()];
					expect(n, what).toBe(values.length);
					if (n === 0) expect(answer.mean[b], what).toBeNull();
					else {
						const mean = values.reduce((a, v) => a + v, 0) / n;
						expect(Math.abs((answer.mean[b] ?? NaN) - mean), what).toBeLessThan(1e-9);
						expect(answer.min[b], what).toBe(Math.min(...values));
						expect(answer.max[b], what).toBe(Math.max(...values));
					}
				});
			}
		});
	});

describe.skipIf(!influx)('both stores', () => {
	if (!influx) return;

	test('answer alike on the same seeded readings: live, late, corrected and imported', async () => {
		const random = seeded(7);
		const subjects = [await openSubject(embedded, now), await openSubject(influx.config(), now)];
		const key = (i: number) => ({ entity: `air-seed-${i}`, attribute: 'no2' });
		const live: Reading[] = Array.from({ length: 4_000 }, () => ({
			...key(Math.floor(random() * 4)),
			layer: 'air',
			// Collisions of time are corrections.
			t: now - Math.floor(random() * 2_000) * 120_000,
			v: Math.round(random() * 8_000) / 100
		}));
		const imported: Reading[] = Array.from({ length: 1_000 }, (_, i) => ({
			...key(4),
			layer: 'air',
			t: now - 900 * DAY_MS + i * 7 * 60_000,
			v: Math.round(random() * 1_000) / 10
		}));
		for (const subject of subjects) {
			for (let i = 0; i < live.length; i += 100) {
				await subject.store().append(live.slice(i, i + 100));
				if (i % 1_000 === 0) while ((await subject.store().maintain(subject.clock.now)).more);
			}
			await subject.store().import(
				(async function* () {
					yield imported;
				})()
			);
			subject.clock.now += 2 * HOUR_MS;
			while ((await subject.store().maintain(subject.clock.now)).more);
		}
		const [ours, theirs] = subjects;
		const air = register().get('air');
		if (!ours || !theirs || !air) throw new Error('no stores');
		const strip = ({ store: _, ...rest }: Awaited<ReturnType<typeof history>>) => rest;
		for (let i = 0; i < 40; i++) {
			const series = key(Math.floor(random() * 5));
			const start = series.entity === key(4).entity ? now - 901 * DAY_MS : now - 3 * DAY_MS;
			const from = Math.floor(start + random() * 2 * DAY_MS);
			const to = Math.floor(from + 1 + random() * 2 * DAY_MS);
			const asked = { from, to, points: 1 + Math.floor(random() * 999) };
			const answer = strip(await history(ours.store(), air, series, asked));
			expect(strip(await history(theirs.store(), air, series, asked))).toEqual(answer);
		}
		for (const back of [0, DAY_MS, 2 * DAY_MS, 899 * DAY_MS])
			expect(await theirs.store().at(now - back, { layer: 'air' })).toEqual(
				await ours.store().at(now - back, { layer: 'air' })
			);
		expect(await exported(theirs, 'air')).toEqual(await exported(ours, 'air'));
		for (const subject of subjects) await subject.close();
	});
});
