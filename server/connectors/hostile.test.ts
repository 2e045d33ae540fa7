import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { register } from '../../src/lib/layers/index.ts';
import type { SourceConfig } from '../config.ts';
import { arcgisPage } from './arcgis.ts';
import { parseHourly, parseIndex } from './atmo.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import { parseGbfs } from './gbfs.ts';
import { parseNgsi } from './ngsi-v2.ts';
import { odsRows } from './ods.ts';
import { parsePortalBikes } from './opendatasoft.ts';
import type { Reading } from './records.ts';
import { parseStation } from './weather-station.ts';

const now = Date.parse('2026-03-10T10:00:00Z');
const layer = (id: string): Layer => {
	const found = register().get(id);
	if (!found) throw new Error(id);
	return found;
};
const air = sourceOf({ layer: 'air' });
const station = { ref: '99', name: undefined, location: undefined };

type Parser = (json: unknown, source: SourceConfig) => Reading;
const parsers: [string, unknown, Parser][] = [
	[
		'portal',
		{ results: fixture('portal-bikes.v2.1.json') },
		(json, s) => parsePortalBikes(odsRows(json).rows, s)
	],
	[
		'JCDecaux v3',
		{ results: fixture('jcdecaux.v3.json') },
		(json, s) => parsePortalBikes(odsRows(json).rows, s)
	],
	[
		'weather',
		{ results: fixture('weather-station.v2.1.json') },
		(json) =>
			parseStation(
				odsRows(json).rows,
				sourceOf({ layer: 'weather' }),
				layer('weather'),
				station,
				now
			)
	],
	[
		'GBFS',
		fixture<unknown>('gbfs.3.0.json'),
		(json, s) => {
			const files = (json ?? {}) as Record<string, unknown>;
			const {
				station_information: information,
				station_status: status,
				vehicle_types: types
			} = files;
			return parseGbfs({ information, status, types }, s);
		}
	],
	[
		'hourly air',
		{ features: fixture('atmo-hourly.json') },
		(json) => parseHourly(arcgisPage(json).rows, air)
	],
	[
		'daily index',
		{ features: fixture('atmo-index.json') },
		(json) => parseIndex(arcgisPage(json).rows, air, now)
	],
	[
		'NGSI',
		fixture<unknown>('ngsi-parking.json'),
		(json) =>
			parseNgsi(
				Array.isArray(json) ? json : [json],
				sourceOf({ layer: 'parking' }),
				layer('parking')
			)
	]
];

const anything = fc.oneof(
	fc.jsonValue(),
	fc.constantFrom<unknown>(
		1e999,
		-1,
		1e15,
		'',
		'0',
		'\u0000',
		'2026-13-45T99:99:99Z',
		{},
		[],
		[[]],
		null
	)
);

/** The same JSON with the node at a random path replaced. */
function spoiled(json: unknown, path: readonly number[], by: unknown): unknown {
	const [step, ...rest] = path;
	if (step === undefined || typeof json !== 'object' || json === null) return by;
	const keys = Object.keys(json);
	const key = keys[step % Math.max(1, keys.length)];
	if (key === undefined) return by;
	const copy: unknown = Array.isArray(json) ? [...(json as unknown[])] : { ...json };
	const value = (json as Record<string, unknown>)[key];
	(copy as Record<string, unknown>)[key] = spoiled(value, rest, by);
	return copy;
}

test.each(parsers)(
	'%s: whatever stands in an answer, it is records, bad records, or a failure with a code',
	(_, json, parse) => {
		fc.assert(
			fc.property(fc.array(fc.nat(30), { maxLength: 7 }), anything, (path, by) => {
				try {
					const { records } = parse(spoiled(json, path, by), sourceOf());
					for (const { id, patch } of records) {
						expect(id).toMatch(/^[a-z]+-essai-[a-z0-9-]+$/);
						expect(Date.parse(String(patch['dateObserved']))).not.toBeNaN();
					}
				} catch (error) {
					if (!(error instanceof AppError)) throw error;
				}
			}),
			{ numRuns: 500 }
		);
	}
);
