import { expect, test } from 'vitest';
import { chapter } from './chapter.ts';
import { chart } from './chart.ts';
import { limits } from './limits.ts';
import { broken, quantile, type Measured } from './promises.ts';
import type { Results, SearchResult } from './results.ts';
import { search } from './search.ts';
import type { Step } from './step.ts';

const upTo = (edge: number) => {
	const levels: number[] = [];
	const step = async (level: number) => {
		levels.push(level);
		return { level, broken: level <= edge ? [] : ['quiet'] };
	};
	return { levels, step };
};

test('doubles until a promise breaks, then halves the interval, and stops by itself', async () => {
	const { levels, step } = upTo(2_900);
	const found = await search({ from: 500, most: 1e6, refine: 2, step });
	expect(levels).toEqual([500, 1_000, 2_000, 4_000, 3_000, 2_500]);
	expect(found).toMatchObject({ edge: 2_500, ended: 'edge', broke: { level: 3_000 } });
});

test('a first load that is too much is halved, at most three times', async () => {
	const low = upTo(300);
	expect((await search({ from: 1_000, most: 1e6, refine: 1, step: low.step })).edge).toBe(250);
	const never = upTo(0);
	const found = await search({ from: 1_000, most: 1e6, refine: 5, step: never.step });
	expect(never.levels).toEqual([1_000, 500, 250, 125]);
	expect(found).toMatchObject({ edge: 0, held: undefined });
});

test('where nothing breaks it ends at the most it may ask for, or with the time', async () => {
	const endless = upTo(Infinity);
	const found = await search({ from: 300, most: 1_000, refine: 2, step: endless.step });
	expect(endless.levels).toEqual([300, 600, 1_000]);
	expect(found).toMatchObject({ edge: 1_000, ended: 'most', broke: undefined });
	let left = 2;
	const short = upTo(Infinity);
	const ended = await search({
		from: 1,
		most: Infinity,
		refine: 2,
		step: short.step,
		mayGoOn: () => left-- > 0
	});
	expect(ended).toMatchObject({ edge: 2, ended: 'time' });
});

test('small numbers are not tried twice', async () => {
	const { levels, step } = upTo(1);
	await search({ from: 1, most: 64, refine: 4, step });
	expect(levels).toEqual([1, 2]);
});

const measured: Measured = {
	wanted: 500,
	sent: 500,
	acknowledged: 4_000,
	missing: 0,
	drainMs: 100,
	phones: 50,
	phonesOpen: 50,
	deliveries: 1_000,
	queries: 0,
	queryErrors: 0,
	puback: 3,
	queryable: 300,
	quiet: 40,
	frames: 20
};
const asked = ['stored', 'queryable', 'quiet', 'frames', 'puback', 'phones', 'pace'] as const;

test('each promise is broken by its own figure, and by a figure that is not there', () => {
	expect(broken(measured, asked)).toEqual([]);
	expect(broken({ ...measured, missing: 1 }, asked)).toEqual(['stored']);
	expect(broken({ ...measured, queryable: 1_501 }, asked)).toEqual(['queryable']);
	expect(broken({ ...measured, quiet: 251 }, asked)).toEqual(['quiet']);
	expect(broken({ ...measured, frames: 251, puback: 1_001 }, asked)).toEqual(['frames', 'puback']);
	expect(broken({ ...measured, phonesOpen: 49 }, asked)).toEqual(['phones']);
	expect(broken({ ...measured, sent: 400 }, asked)).toEqual(['pace']);
	const { quiet: _, ...unheard } = measured;
	expect(broken(unheard, asked)).toEqual(['quiet']);
});

test('a quantile of a few values is one of them, of none is none', () => {
	expect(quantile([3, 1, 2], 0.99)).toBe(3);
	expect(quantile([], 0.99)).toBeUndefined();
});

const step = (level: number, more: Partial<Measured> = {}): Step => {
	const found = { ...measured, wanted: level, sent: level, ...more };
	return {
		level,
		load: { rate: level, phones: 50, clients: 0 },
		measured: found,
		broken: broken(found, asked),
		used: { mosquitto: { cores: 0.1, mib: 12 }, intake: { cores: 0.4, mib: 150 } }
	};
};
const found = (what: SearchResult['what'], intakes = 1, webs = 1): SearchResult => {
	const steps = [step(500), step(1_000), step(2_000, { quiet: 900 })];
	return {
		what,
		intakes,
		webs,
		edge: 1_000,
		ended: 'edge',
		first: ['quiet'],
		held: steps[1],
		broke: steps[2],
		steps
	};
};
const results: Results = {
	date: '2026-11-25T08:00:00.000Z',
	command: 'npm run load',
	quick: false,
	seconds: 6,
	tookSeconds: 400,
	devices: 500,
	machine: { cpu: 'A <CPU>', cores: 2, memoryGiB: 4, system: 'Linux', node: 'v24' },
	engines: ['Mosquitto 2'],
	loadAverage: 0.1,
	searches: [
		found('readings'),
		found('phones'),
		found('history'),
		found('readings', 2, 1),
		found('phones', 1, 2),
		found('history', 1, 2),
		found('direct', 0, 0)
	],
	peers: undefined
};

test('the page and the chapter tell the figures of the run, its date and its machine', () => {
	for (const text of [limits(results), chapter(results)]) {
		expect(text).toContain('A <CPU>');
		expect(text).toMatch(/2026-11-25|25 novembre 2026/);
		expect(text).toMatch(/1[\s,]000/);
		expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
	}
	const later = {
		...results,
		searches: results.searches.map((each) => ({ ...each, edge: 7_777 }))
	};
	expect(limits(later)).toContain('7,777');
	expect(chapter(later)).toMatch(/7[\s,]777/);
});

test('a run that found nothing is told as such', () => {
	const none = { ...results, searches: [] };
	for (const text of [limits(none), chapter(none), chart(none)])
		expect(text).not.toMatch(/undefined|NaN|Infinity/);
});

test('the drawing is one SVG with a title, readable in light and dark, with a point for each step', () => {
	const svg = chart(results);
	expect(svg).toMatch(/^<svg [^>]*role="img"/);
	expect(svg).toContain('prefers-color-scheme: dark');
	expect(svg).toContain('<title>');
	expect(svg.match(/<circle class="quiet"/g)).toHaveLength(3);
	expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});
