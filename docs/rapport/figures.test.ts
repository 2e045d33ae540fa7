import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withFigures } from './figures.ts';
import { airtime, perHour } from './objets/airtime.ts';
import { years } from './objets/battery.ts';
import { cborBytes, mqttBytes } from './objets/sizes.ts';

test('the figures of docs/objets.md are those of the simulator and the register today', () => {
	const text = fs.readFileSync(path.resolve(import.meta.dirname, '../objets.md'), 'utf8');
	expect([...text.matchAll(/<!-- chiffres: (\w+) -->/g)].map(([, name]) => name)).toEqual([
		'messages',
		'exemples',
		'trame',
		'radio',
		'piles',
		'protocoles'
	]);
	expect(text, 'run: node docs/rapport/figures.ts').toBe(withFigures(text));
});

test("the time on air is that of Semtech's own calculator", () => {
	// 23 bytes in the air: 10 of the application's and 13 of LoRaWAN's.
	expect(airtime(10, 7) * 1000).toBeCloseTo(61.696, 3);
	expect(airtime(10, 10) * 1000).toBeCloseTo(370.688, 3);
	expect(airtime(10, 12) * 1000).toBeCloseTo(1482.752, 3);
	expect(perHour(10, 12)).toBe(24);
});

test('a battery lasts longer the less often and the shorter a device speaks, and never past what it loses by itself', () => {
	expect(years(4, 12, 3600, 5)).toBeGreaterThan(years(4, 12, 600, 5));
	expect(years(4, 7, 600, 5)).toBeGreaterThan(years(4, 12, 600, 5));
	expect(years(4, 7, 1e9, 0)).toBeLessThan(3_000 / (0.01 * 8766));
});

test('sizes are those of the encodings', () => {
	// RFC 8949, appendix A: {"a": 1, "b": [2, 3]} is a26161016162820203; 1.1 is fb and 8 bytes; 1000000 is 1a and 4.
	expect(cborBytes({ a: 1, b: [2, 3] })).toBe(9);
	expect(cborBytes(1.1)).toBe(9);
	expect(cborBytes(1_000_000)).toBe(5);
	expect(cborBytes(null)).toBe(1);
	// Type, one length byte, two for the topic's length, the topic, two for the packet's number.
	expect(mqttBytes('a/b', 2)).toBe(1 + 1 + 2 + 3 + 2 + 2);
});
