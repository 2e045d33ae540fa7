import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { register } from '../../src/lib/layers/index.ts';
import { parseTime } from '../../src/lib/time.ts';
import { checkedValues, plainValues, readRaw } from './raw.ts';

const layers = register();
const now = Date.parse('2026-11-22T10:00:00Z');
const topic = 'capitoul/v1/raw/bike/bike-test-1';
const read = (body: unknown, at = topic) =>
	readRaw(layers, at, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), now);
const code = (run: () => unknown) => {
	try {
		run();
	} catch (error) {
		if (error instanceof AppError) return error.code;
		throw error;
	}
	return 'accepted';
};
const at = '2026-11-22T09:59:00Z';

test.each(['1970-01-01T00:00:00Z', '1900-01-01T00:00:00Z', '0001-01-01T00:00:00Z'])(
	'far in the past keeps its own time: %s',
	(dateObserved) => {
		expect(read({ dateObserved })).toMatchObject({
			observed: Date.parse(dateObserved),
			clock: false
		});
		expect(code(() => read({ dateObserved: '0000-01-01T00:00:00+01:00' }))).toBe('date_invalid');
	}
);

test('a whole reading is taken as it is', () => {
	expect(
		read({
			id: 'urn:ngsi-ld:BikeHireDockingStation:bike-test-1',
			type: 'BikeHireDockingStation',
			dateObserved: at,
			availableBikeNumber: 7,
			freeSlotNumber: null,
			somethingElse: 'dropped',
			name: '  Capitole ',
			location: { type: 'Point', coordinates: [1.44, 43.6, 146] },
			address: { streetAddress: 'Place du Capitole', addressLocality: 'Toulouse' },
			source: 'test',
			sequence: 3
		})
	).toEqual({
		id: 'bike-test-1',
		layer: layers.get('bike'),
		observed: Date.parse(at),
		clock: false,
		values: { availableBikeNumber: 7, freeSlotNumber: null },
		name: 'Capitole',
		location: [1.44, 43.6],
		address: 'Place du Capitole, Toulouse',
		source: 'test',
		sequence: 3,
		simulated: false
	});
});

test('a clock more than five minutes ahead gets the server’s time and says so; five minutes are allowed', () => {
	expect(read({ dateObserved: '2026-11-22T10:05:01Z' })).toMatchObject({
		observed: now,
		clock: true
	});
	expect(read({ dateObserved: '2026-11-22T10:05:00Z' })).toMatchObject({ clock: false });
});

test('an old reading keeps its own time', () => {
	expect(read({ dateObserved: '2016-05-22T10:00:00+02:00' })).toMatchObject({
		observed: Date.parse('2016-05-22T08:00:00Z'),
		clock: false
	});
});

test('the system « sim » alone makes an entity simulated, and its source is the simulation', () => {
	expect(
		read({ dateObserved: at, source: 'JCDecaux' }, 'capitoul/v1/raw/bike/bike-sim-1')
	).toMatchObject({
		simulated: true,
		source: 'simulation'
	});
	expect(read({ dateObserved: at, simulated: true })).toMatchObject({ simulated: false });
});

test('an empty payload is a removal', () => {
	expect(readRaw(layers, topic, Buffer.alloc(0), now)).toMatchObject({
		id: 'bike-test-1',
		removed: true
	});
});

describe('a message that cannot be read is refused with a code', () => {
	const good = { dateObserved: at, availableBikeNumber: 1 };
	test.each([
		['payload_not_json', '{"dateObserved":'],
		['payload_not_json', 'nan'],
		['payload_not_object', '[]'],
		['payload_not_object', 'null'],
		['payload_not_object', '7'],
		['date_missing', { availableBikeNumber: 1 }],
		['date_invalid', { ...good, dateObserved: 'hier' }],
		['date_invalid', { ...good, dateObserved: 1732200000 }],
		['date_invalid', { ...good, dateObserved: '2026-11-22' }],
		['date_invalid', { ...good, dateObserved: '2026-02-30T10:00:00Z' }],
		['date_invalid', { ...good, dateObserved: '2026-11-22T10:00:00' }],
		['attribute_invalid', { ...good, availableBikeNumber: '7' }],
		['attribute_invalid', { ...good, availableBikeNumber: -1 }],
		['attribute_invalid', { ...good, availableBikeNumber: 1.5 }],
		['attribute_invalid', { ...good, status: 'exploded' }],
		['attribute_invalid', '{"dateObserved":"2026-11-22T09:59:00Z","availableBikeNumber":1e999}'],
		['id_mismatch', { ...good, id: 'bike-test-2' }],
		['id_mismatch', { ...good, type: 'OffStreetParking' }],
		['location_invalid', { ...good, location: { type: 'Point', coordinates: [200, 0] } }],
		['location_invalid', { ...good, location: [1.44, 43.6] }],
		['name_invalid', { ...good, name: 'x'.repeat(201) }],
		['name_invalid', { ...good, name: 7 }],
		['sequence_invalid', { ...good, sequence: -1 }],
		['sequence_invalid', { ...good, sequence: 1.5 }]
	])('%s: %j', (expected, body) => {
		expect(code(() => read(body))).toBe(expected);
	});

	test('invalid UTF-8, and a payload above 64 KiB', () => {
		expect(code(() => readRaw(layers, topic, Buffer.from([0x7b, 0xff, 0x7d]), now))).toBe(
			'payload_not_utf8'
		);
		expect(code(() => readRaw(layers, topic, Buffer.alloc(65_537, 0x20), now))).toBe(
			'payload_too_large'
		);
	});

	test.each([
		['topic_invalid', 'capitoul/v1/raw/bike'],
		['topic_invalid', 'capitoul/v1/state/bike/bike-test-1'],
		['topic_invalid', 'capitoul/v1/raw/bike/bike-test-1/more'],
		['layer_unknown', 'capitoul/v1/raw/lions/lions-test-1'],
		['id_invalid', 'capitoul/v1/raw/bike/bike-Test-1'],
		['id_invalid', 'capitoul/v1/raw/bike/bike-1'],
		['id_mismatch', 'capitoul/v1/raw/bike/parking-test-1']
	])('%s: %s', (expected, wrong) => {
		expect(code(() => read(good, wrong))).toBe(expected);
	});

	test('a prototype key is only a key', () => {
		read(
			'{"dateObserved":"2026-11-22T09:59:00Z","__proto__":{"availableBikeNumber":9},"constructor":1}'
		);
		expect(({} as Record<string, unknown>)['availableBikeNumber']).toBeUndefined();
	});
});

test('numbers let through without the schema are those it lets through, and come out the same', () => {
	const value = fc.oneof(
		fc.constantFrom(
			null,
			-0,
			0,
			0.5,
			1,
			1.5,
			360,
			361,
			10_000,
			10_001,
			NaN,
			Infinity,
			'1',
			[],
			true
		),
		fc.double(),
		fc.integer()
	);
	for (const layer of layers.all)
		fc.assert(
			fc.property(fc.dictionary(fc.constantFrom(...layer.live, 'unheard'), value), (body) => {
				const plain = plainValues(layer, body);
				if (plain)
					expect(Object.entries(plain)).toEqual(Object.entries(checkedValues(layer, body)));
			})
		);
});

test('the time everybody sends is read as any other, to the millisecond, and impossible ones are not', () => {
	fc.assert(
		fc.property(
			fc.date({ noInvalidDate: true, min: new Date(-1), max: new Date(4e12) }),
			(date) => {
				const text = date.toISOString();
				for (const form of [text, text.replace(/\.\d+Z/, 'Z')])
					expect(parseTime(form)).toBe(Date.parse(form));
				expect(parseTime(text.replace('Z', '+00:00'))).toBe(date.getTime());
			}
		)
	);
	for (const wrong of ['2026-13-01', '2026-00-01', '2026-02-30', '2026-1x-01', '2026-01-00'])
		expect(parseTime(`${wrong}T10:00:00Z`)).toBeUndefined();
	for (const wrong of ['24:00:00', '10:60:00', '10:00:61', '1-:00:00'])
		expect(parseTime(`2026-01-02T${wrong}Z`)).toBeUndefined();
});
