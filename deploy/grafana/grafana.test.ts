import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { InfluxClient } from '../../server/history/influx-client.ts';
import { startInflux, type InfluxServer } from '../../server/testing/influx.ts';
import { pastCity } from '../../server/testing/past-city.ts';
import { toldMetrics } from '../../server/testing/told-metrics.ts';
import { metricNames } from '../prometheus/metric-names.ts';
import { asGrafana, boards, type Panel, type Target } from './boards.ts';

interface Source {
	uid: string;
	type: string;
	jsonData: { dbName?: string; timeInterval?: string };
	secureJsonData?: Record<string, string>;
}
const { datasources } = parse(
	fs.readFileSync(path.join(import.meta.dirname, 'provisioning/datasources/capitoul.yml'), 'utf8'),
	{ merge: true }
) as { datasources: Source[] };
const sources = new Map(datasources.map((source) => [source.uid, source]));
const panels = boards.flatMap(({ title, panels }) => panels.map((panel) => ({ title, panel })));
const asked = (type: string) =>
	panels.flatMap(({ title, panel }) =>
		panel.targets
			.filter(({ datasource }) => datasource.type === type)
			.map((target): [string, Target, Panel] => [
				`${title} > ${panel.title} > ${target.refId}`,
				target,
				panel
			])
	);

test('five boards, each with its own uid, panels that do not overlap, and sources that are provisioned', () => {
	expect(boards.map(({ uid }) => uid).sort()).toEqual(
		['chaine', 'historique', 'latence', 'trous', 'ville'].map((name) => `capitoul-${name}`)
	);
	for (const { title, panels } of boards) {
		expect(new Set(panels.map(({ id }) => id)).size, title).toBe(panels.length);
		const taken = new Set<string>();
		for (const { title, description, gridPos, targets, datasource } of panels) {
			expect(description, title).not.toBe('');
			expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
			for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
				for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
					expect(taken.has(`${x},${y}`), title).toBe(false);
					taken.add(`${x},${y}`);
				}
			expect(targets.length, title).toBeGreaterThan(0);
			expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
			for (const target of targets) {
				expect(target.datasource).toEqual(datasource);
				expect(sources.get(datasource.uid)?.type, title).toBe(datasource.type);
			}
		}
	}
});

test('secrets of the sources stand in files', () => {
	for (const { type, secureJsonData } of datasources) {
		if (type === 'influxdb') expect(secureJsonData).toBeDefined();
		for (const value of Object.values(secureJsonData ?? {}))
			expect(value).toMatch(/\$__file\{\/run\/secrets\/\w+\}$/);
	}
});

describe('what Prometheus is asked', () => {
	let told: Awaited<ReturnType<typeof toldMetrics>>;
	beforeAll(async () => void (told = await toldMetrics()), 60_000);
	afterAll(() => told.stop());

	test.each(asked('prometheus'))('%s: a running service tells it', (_name, { expr = '' }) => {
		const names = metricNames(asGrafana(expr, {}));
		expect(names.length).toBeGreaterThan(0);
		for (const name of names) expect(told.names).toContain(name);
	});
});

const influx: InfluxServer | undefined = await startInflux();
afterAll(() => influx?.remove());

describe.skipIf(!influx)('what a real InfluxDB is asked, filled by the real intake', () => {
	if (!influx) return;
	const client = new InfluxClient(influx.url, {
		token: undefined,
		username: undefined,
		password: undefined
	});
	const database = (uid: string) => sources.get(uid)?.jsonData.dbName ?? '';
	let to = 0;
	beforeAll(async () => {
		to = await pastCity({ influxUrl: influx.url, hours: 5, devices: 40 });
	}, 120_000);

	/** The first answer of each variable of a board, as Grafana chooses it. */
	const chosen = async (title: string) => {
		const values: Record<string, string> = {};
		const board = boards.find((board) => board.title === title);
		for (const { name, query, datasource } of board?.templating.list ?? []) {
			const [table] = await client.query(database(datasource.uid), query);
			const value = table?.values[0]?.[1];
			expect(value, `${title} $${name}`).toEqual(expect.any(String));
			values[name] = String(value);
		}
		return values;
	};

	test.each(asked('influxdb'))(
		'%s has an answer',
		async (name, { query = '', datasource }, panel) => {
			const [title = ''] = name.split(' > ');
			const interval = panel.interval ?? sources.get(datasource.uid)?.jsonData.timeInterval ?? '1m';
			const variables = { ...(await chosen(title)), __interval: interval };
			const text = asGrafana(query, variables, { from: to - 5 * 3_600_000, to });
			expect(text).not.toContain('$');
			const tables = await client.query(database(datasource.uid), text);
			const figures = tables.flatMap(({ columns, values }) =>
				values.flatMap((row) => row.filter((cell, i) => columns[i] !== 'time' && cell !== null))
			);
			expect(figures.length, text).toBeGreaterThan(0);
			for (const figure of figures) expect(typeof figure).toBe('number');
		}
	);

	test('a query that asks for nothing we keep would be found', async () => {
		const tables = await client.query('capitoul', 'SELECT last("nothing") FROM "bike"');
		expect(tables).toEqual([]);
	});
});
