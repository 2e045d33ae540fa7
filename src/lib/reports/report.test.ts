import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { categories, CATEGORIES_CHANGED, categoryOf } from './categories.ts';
import { adviceFor } from './category.ts';
import { nearby } from './nearby.ts';
import { checkAnswers, cleanText, reportSchema } from './report.ts';
import type { ReportFeature } from './states.ts';

const street = categoryOf('voirie');
if (!street) throw new Error('no category');

test('ids, codes, keys and orders are unique and plain, and a list has choices', () => {
	const unique = (values: readonly unknown[]) => new Set(values).size === values.length;
	expect(unique(categories.map(({ id }) => id))).toBe(true);
	for (const { id, questions } of categories) {
		expect(id).toMatch(/^[a-z0-9-]+$/);
		expect(unique(questions.map(({ code }) => code)), id).toBe(true);
		expect(questions.map(({ order }) => order)).toEqual(questions.map((_, i) => i + 1));
		for (const { code, datatype, values = [] } of questions) {
			expect(code).toMatch(/^[a-z0-9-]+$/);
			expect(values.length > 1).toBe(datatype.endsWith('valuelist'));
			expect(unique(values.map(({ key }) => key)), `${id} ${code}`).toBe(true);
			for (const { key } of values) expect(key).toMatch(/^[a-z0-9-]+$/);
		}
	}
});

test('whoever changes a category says when, so that clients of Open311 ask again', () => {
	const print = createHash('sha256').update(JSON.stringify(categories)).digest('hex').slice(0, 12);
	expect(
		`${CATEGORIES_CHANGED} ${print}`,
		'the categories changed: set CATEGORIES_CHANGED to now and this line to what is printed'
	).toMatchInlineSnapshot(`"2026-11-30T08:21:00Z d0e20ff6dbde"`);
});

test('a required answer, a choice of the list and nothing else', () => {
	const right = { quoi: 'trou', ou: 'trottoir', danger: 'non' };
	expect(checkAnswers(street, { ...right, other: 'x' })).toEqual({ answers: right, trouble: [] });
	expect(checkAnswers(street, { ...right, quoi: '', danger: 'peut-être' }).trouble).toEqual([
		{ code: 'quoi', what: 'missing' },
		{ code: 'danger', what: 'not_a_choice' }
	]);
	expect(checkAnswers(street, { ...right, ou: ['trottoir', 'chaussee'] }).trouble).toEqual([
		{ code: 'ou', what: 'not_a_choice' }
	]);
	const clean = categoryOf('proprete');
	if (!clean) throw new Error('no category');
	expect(checkAnswers(clean, { quoi: ['verre', 'verre', 'papiers'] }).answers).toEqual({
		quoi: ['verre', 'papiers']
	});
	expect(checkAnswers(clean, { quoi: 'verre' }).answers).toEqual({ quoi: ['verre'] });
});

test('where someone is in danger, a number is called instead', () => {
	expect(adviceFor(street, { danger: 'immediat' })?.call).toBe('112');
	expect(adviceFor(street, { danger: 'risque' })).toBeUndefined();
	const light = categoryOf('eclairage');
	if (!light) throw new Error('no category');
	expect(adviceFor(light, { quoi: 'cable' })?.call).toBe('18');
});

test('text keeps its letters, emoji and line breaks, and loses what XML cannot carry', () => {
	expect(cleanText(' é 🚲 <b>&\r\nligne\u0000\u0008\ud800 \ufffe')).toBe('é 🚲 <b>&\nligne\ufffd');
});

test('a report is read whole or refused by the name of what is wrong', () => {
	const report = {
		id: '0F0F0F0F-0000-4000-8000-000000000001',
		category: 'voirie',
		createdAt: '2026-11-25T08:00:00Z'
	};
	expect(v.parse(reportSchema, { ...report, device_id: 'dropped' })).toEqual({
		id: '0f0f0f0f-0000-4000-8000-000000000001',
		category: 'voirie',
		createdAt: '2026-11-25T08:00:00Z',
		answers: {},
		description: '',
		location: null,
		address: null,
		entity: null,
		contact: null
	});
	for (const wrong of [
		{ id: 'x' },
		{ category: 'constructor' },
		{ createdAt: 'hier' },
		{ description: 'a'.repeat(4_001) },
		{ location: { lon: 181, lat: 0 } },
		{ location: { lon: '1', lat: 0 } },
		{ entity: { id: '<script>' } }
	])
		expect(v.safeParse(reportSchema, { ...report, ...wrong }).success, JSON.stringify(wrong)).toBe(
			false
		);
});

test('« le même » is an open report of the same category within fifty metres', () => {
	const at = (id: string, lon: number, category = 'voirie', state = 'received') =>
		({
			type: 'Feature',
			id,
			geometry: { type: 'Point', coordinates: [lon, 43.6045] },
			properties: { id, category, state }
		}) as unknown as ReportFeature;
	const reports = [
		at('far', 1.4462),
		at('near', 1.4446),
		at('nearer', 1.4443),
		at('other', 1.4443, 'bruit'),
		at('closed', 1.4443, 'voirie', 'fixed'),
		{ ...at('nowhere', 1.4443), geometry: null }
	];
	expect(nearby(reports, [1.4442, 43.6045], 'voirie').map(({ report }) => report.id)).toEqual([
		'nearer',
		'near'
	]);
});
