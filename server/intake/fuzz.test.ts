import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { register } from '../../src/lib/layers/index.ts';
import { silent } from '../log.ts';
import { Intake } from './intake.ts';
import { Journal } from './journal.ts';

/** Mulberry32: the same hostile messages at each run. */
function random(seed: number): () => number {
	return () => {
		seed = (seed + 0x6d2b79f5) | 0;
		let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

const COUNT = 100_000;
const whole = JSON.stringify({
	dateObserved: '2026-11-22T09:59:00Z',
	availableBikeNumber: 7,
	freeSlotNumber: 3,
	name: 'Capitole',
	location: { type: 'Point', coordinates: [1.4442, 43.6045] },
	sequence: 12
});
const VALUES = [
	'null',
	'-1',
	'1e999',
	'-0',
	'1.5',
	'"7"',
	'[]',
	'{}',
	'true',
	'""',
	'"\\u0000"',
	'"\\ud800"',
	'[[[[1]]]]',
	'{"__proto__":{"x":1}}',
	'9007199254740993',
	'"<script>alert(1)</script>"',
	`"${'é'.repeat(300)}"`
];
const KEYS = [
	'dateObserved',
	'availableBikeNumber',
	'status',
	'location',
	'name',
	'id',
	'type',
	'source',
	'sequence',
	'__proto__',
	'constructor',
	'toString',
	'observedAt',
	'simulated',
	'quality'
];
const TOPICS = [
	'capitoul/v1/raw/bike/bike-test-1',
	'capitoul/v1/raw/parking/parking-test-1',
	'capitoul/v1/raw/air/air-test-1',
	'capitoul/v1/raw/lions/lions-test-1',
	'capitoul/v1/raw/bike/../x',
	'capitoul/v1/raw/bike/',
	'capitoul/v1/raw',
	'capitoul/v1/raw/__proto__/__proto__-a-b',
	'other',
	''
];

test(`${COUNT} hostile payloads: none throws, each is taken or written off, and the next good one is taken`, async () => {
	const next = random(31);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
	const generators: (() => Buffer)[] = [
		() =>
			Buffer.from(Array.from({ length: Math.floor(next() * 60) }, () => Math.floor(next() * 256))),
		() => Buffer.from(whole.slice(0, Math.floor(next() * whole.length))),
		() => Buffer.from('['.repeat(1 + Math.floor(next() * 5_000))),
		() => {
			const bytes = Buffer.from(whole);
			for (let i = 0; i < 3; i++)
				bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
			return bytes;
		},
		() => {
			const members = Array.from(
				{ length: Math.floor(next() * 6) },
				() => `"${pick(KEYS)}":${pick(VALUES)}`
			);
			return Buffer.from(
				`{"dateObserved":"2026-11-22T09:59:00Z"${members.map((m) => `,${m}`).join('')}}`
			);
		},
		() => Buffer.from(pick(VALUES)),
		() => (next() < 0.01 ? Buffer.alloc(256 * 1024, 0x22) : Buffer.alloc(0))
	];
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'fuzz-')), 'history.db');
	const now = Date.parse('2026-11-22T10:00:00Z');
	const journal = new Journal({ file, clock: () => now, log: silent });
	const intake = new Intake({
		register: register(),
		journal,
		clock: () => now,
		log: silent,
		simulator: 'auto'
	});
	for (let done = 0; done < COUNT; done += 1_000)
		await Promise.all(
			Array.from({ length: 1_000 }, () => intake.accept(pick(TOPICS), pick(generators)()))
		);
	const { accepted, unchanged, removed, refused } = intake.counters;
	const written = Object.values(refused).reduce((sum, n) => sum + n, 0);
	expect(written).toBeGreaterThan(COUNT / 2);
	expect(accepted + unchanged + removed).toBeGreaterThan(1_000);
	expect(({} as Record<string, unknown>)['x']).toBeUndefined();

	await intake.accept('capitoul/v1/raw/bike/bike-good-1', Buffer.from(whole));
	expect([...intake.retained()].some(({ topic }) => topic.endsWith('/bike-good-1'))).toBe(true);
	journal.close();
}, 120_000);
