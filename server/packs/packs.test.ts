import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PackItem } from '../../src/lib/packs/item.ts';
import { silent } from '../log.ts';
import { Replay, serveDataset, serveFile, type Fault } from '../testing/replay.ts';
import { Packs } from './packs.ts';
import type { PackSettings } from './settings.ts';

let replay: Replay;
let dataDir: string;
let stop: AbortController;
let now: number;
const HOUR = 3_600_000;

beforeEach(async () => {
	replay = await Replay.start();
	dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-packs-'));
	stop = new AbortController();
	now = Date.parse('2026-11-25T08:00:00Z');
});
afterEach(async () => {
	stop.abort();
	await replay.close();
	fs.rmSync(dataDir, { recursive: true });
});

const only = (...packs: PackSettings['packs']): PackSettings => ({
	bbox: [0.9, 43.2, 2, 44.1],
	attribution: 'Toulouse Métropole',
	packs
});
const from = (layer: string, ...datasets: string[]): PackSettings['packs'][number] => ({
	layer,
	everyHours: 24,
	parts: [{ datasets, set: {}, licence: '' }]
});
const open = (settings: PackSettings) =>
	new Packs({
		settings,
		city: 'toulouse',
		portalUrl: replay.url,
		dataDir,
		log: silent,
		clock: () => now,
		lookMs: 20
	});

/** Reads until `done`, then stops. */
async function run(packs: Packs, done: () => boolean) {
	const running = packs.run(stop.signal);
	await vi.waitFor(() => expect(done()).toBe(true), { timeout: 5_000 });
	stop.abort();
	await running;
	stop = new AbortController();
}
async function read(settings: PackSettings) {
	const packs = open(settings);
	await run(packs, () => packs.states().every(({ ok }) => ok !== undefined));
	return packs;
}

const feature = (properties: Record<string, unknown>, geometry: unknown) => ({
	type: 'Feature',
	geometry,
	properties
});
const collection = (...features: unknown[]) => ({ type: 'FeatureCollection', features });
const at = (lon: number, lat: number) => ({ type: 'MultiPoint', coordinates: [[lon, lat]] });

const market = (nom: string, more: Record<string, unknown> = {}) =>
	feature(
		{ nom, type: 'Alimentaire', adresse: 'Place du Capitole', code_postal: 31000, ...more },
		at(1.444, 43.604)
	);

test('a market says its days and hours, whichever of its columns hold them; 31555.0 is no postal code', async () => {
	serveFile(replay, 'marches', () =>
		collection(
			market('CAPITOLE', {
				jours_de_tenue: 'du mardi au jeudi',
				mardi: '07h00 – 13h30',
				mercredi: '07h00-13h30'
			}),
			market('MINIMES', { jours_de_tenue: 'JEUDI', code_postal: 31555.0 }),
			market('BROCANTE', { samedi: '1er du mois', dimanche: '7h00 à 14h00', code_postal: -9999.0 })
		)
	);
	const packs = await read(only(from('market', 'marches')));
	const [brocante, capitole, minimes] = packs.items('market');
	expect(capitole).toEqual({
		id: 'market-toulouse-capitole',
		name: 'Capitole',
		location: [1.444, 43.604],
		address: 'Place du Capitole, 31000',
		values: {
			days: ['tuesday', 'wednesday', 'thursday'],
			hours: '7\u00a0h – 13\u00a0h\u00a030',
			goods: 'Alimentaire'
		}
	});
	expect(minimes).toMatchObject({ address: 'Place du Capitole', values: { days: ['thursday'] } });
	expect(brocante?.address).toBe('Place du Capitole');
	expect(brocante?.values['hours']).toBe('samedi : 1er du mois ; dimanche : 7\u00a0h – 14\u00a0h');
});

test('v1 records, with their latitude first, and exports of v2.1 give the same places', async () => {
	const record = { id: 'BALVE1', adresse: 'RUE DES ARTS', commune: 'BALMA', dmt_type: 'Verre' };
	serveFile(replay, 'former', () => [
		{ datasetid: 'former', recordid: 'x', fields: { ...record, geo_point_2d: [43.61, 1.49] } }
	]);
	serveDataset(replay, 'newer', () => [
		{ ...record, geo_point_2d: { lon: 1.49, lat: 43.61 }, geo_shape: null }
	]);
	const former = (await read(only(from('recycling', 'former')))).items('recycling');
	fs.rmSync(path.join(dataDir, 'packs'), { recursive: true });
	expect(former).toEqual([
		{
			id: 'recycling-toulouse-balve1',
			name: 'Rue des Arts',
			location: [1.49, 43.61],
			address: 'Balma',
			values: { accepts: 'glass' }
		}
	]);
	expect((await read(only(from('recycling', 'newer')))).items('recycling')).toEqual(former);
});

test('a broken position refuses its record, a missing one does not, a repeated record counts once, a surface has a middle', async () => {
	const park = (name: string, geometry: unknown) => feature({ nom: name, id: name }, geometry);
	const ring = [
		[1.4, 43.6],
		[1.42, 43.6],
		[1.42, 43.62],
		[1.4, 43.62]
	];
	serveFile(replay, 'jardins', () =>
		collection(
			park('Swapped', { type: 'Point', coordinates: [43.6, 1.44] }),
			park('Null island', { type: 'Point', coordinates: [0, 0] }),
			park('Words', { type: 'Point', coordinates: ['x', null] }),
			park('Nowhere', null),
			park('Surface', { type: 'Polygon', coordinates: [ring] }),
			park('Twice', at(1.44, 43.6)),
			park('Twice', at(1.44, 43.6)),
			park('Same name', at(1.44, 43.6)),
			park('Same name', at(1.45, 43.6)),
			{ type: 'Feature', geometry: null, properties: null },
			'nonsense'
		)
	);
	const items = (await read(only(from('park', 'jardins')))).items('park');
	expect(items.map(({ name }) => name).sort()).toEqual(
		['Nowhere', 'Same name', 'Same name', 'Surface', 'Twice'].sort()
	);
	expect(items.find(({ name }) => name === 'Surface')?.location).toEqual([1.41, 43.61]);
	expect(items.find(({ name }) => name === 'Nowhere')?.location).toBeUndefined();
	expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
});

test('no person and no mailbox reaches a pack, in whichever field it stands', async () => {
	const secret = {
		porteur_projet: 'Jeanne SECRET',
		mail: 'jeanne@secret.fr',
		declarant: 'Jean SECRET'
	};
	serveFile(replay, 'jardins', () =>
		collection(
			feature(
				{
					nom: 'Jardin',
					adresse: 'jeanne@secret.fr',
					commune: 'chez jean@\r\nsecret.fr',
					id: 1,
					...secret
				},
				null
			)
		)
	);
	serveFile(replay, 'chantiers', () =>
		collection(
			feature(
				{
					numero: 'C1',
					voie: 'RUE X',
					circulation: 'Rue barrée',
					datefin: '2026-12-01',
					...secret
				},
				null
			)
		)
	);
	serveFile(replay, 'agenda', () => [
		{
			datasetid: 'agenda',
			fields: {
				identifiant: 'E1',
				nom_de_la_manifestation: 'FÊTE',
				reservation_email: 'jeanne@secret.fr',
				descriptif_long: 'Demander Jeanne SECRET',
				reservation_site_internet: 'javascript:alert(1)//secret.fr',
				geo_point: [null]
			}
		}
	]);
	const packs = await read(
		only(from('park', 'jardins'), from('works', 'chantiers'), from('event', 'agenda'))
	);
	expect(packs.heads().map(({ count }) => count)).toEqual([1, 1, 1]);
	const all = JSON.stringify(packs.heads().map(({ name }) => packs.answer(name)));
	expect(all).not.toMatch(/secret|javascript|@/i);
	expect(packs.items('works')[0]?.values).toEqual({ traffic: 'closed', ends: '2026-12-01' });
});

test('a layer whose datasets the portal does not have is absent and says so', async () => {
	const packs = await read(only(from('toilet', 'sanisettes'), { ...from('water'), parts: [] }));
	expect(packs.heads()).toEqual([]);
	expect(packs.absent().map(({ name, reason }) => [name, reason])).toEqual([
		['toilet', 'the portal has none of sanisettes'],
		['water', 'no dataset is known for this layer']
	]);
	expect(() => packs.answer('toilet')).toThrow('pack_unknown');
});

test('licence, attribution and date come from the catalogue; a mailbox among them does not', async () => {
	serveFile(replay, 'marches', () => collection(market('A')), {
		license: 'Licence Ouverte v2.0',
		attributions: ['Mairie de Toulouse', 'jeanne@secret.fr'],
		data_processed: '2026-11-20T04:00:00+00:00'
	});
	const [head] = (await read(only(from('market', 'marches')))).heads();
	expect(head).toMatchObject({
		licence: 'Licence Ouverte v2.0',
		attribution: 'Mairie de Toulouse',
		updated: '2026-11-20T04:00:00Z',
		checked: '2026-11-25T08:00:00Z',
		source: `${replay.url}/explore/dataset/marches/`
	});
});

test.each<Fault>(['html', 'half-json', 'interrupted', 'huge', 'error-500', 'too-many'])(
	'%s: the old copy stays with its age, also after a restart',
	async (fault) => {
		const settings = only(from('market', 'marches'));
		serveFile(replay, 'marches', () => collection(market('A')));
		const before = (await read(settings)).heads();
		now += 25 * HOUR;
		replay.misbehave('/api', fault);
		const packs = open(settings);
		expect(packs.heads()).toEqual(before);
		await run(packs, () => packs.states()[0]?.ok === false);
		expect(packs.heads()).toEqual(before);
		expect(packs.heads()[0]?.checked).toBe('2026-11-25T08:00:00Z');
	}
);

test('a dataset that vanishes or comes back empty does not take its places with it', async () => {
	const settings = only(from('market', 'marches'));
	let features = [market('A')];
	serveFile(replay, 'marches', () => collection(...features));
	await read(settings);
	features = [];
	now += 25 * HOUR;
	let packs = open(settings);
	await run(packs, () => packs.states()[0]?.ok === false);
	expect(packs.items('market')).toHaveLength(1);
	replay.serve('/api/explore/v2.1/catalog/datasets/marches/exports/geojson', () => undefined);
	packs = open(settings);
	await run(packs, () => packs.states()[0]?.ok === false);
	expect(packs.items('market')).toHaveLength(1);
});

test('the same content has the same version; from a version still kept only what changed is sent', async () => {
	const settings = only(from('market', 'marches'));
	let features = [market('A'), market('B'), market('C')];
	serveFile(replay, 'marches', () => collection(...features));
	const first = (await read(settings)).heads()[0];
	features = [market('C'), market('B', { type: 'Livres' }), market('D')];
	now += 25 * HOUR;
	const packs = open(settings);
	await run(packs, () => packs.heads()[0]?.version !== first?.version);
	const answer = packs.answer('market', first?.version);
	const ids = (items: readonly PackItem[]) => items.map(({ id }) => id);
	expect('items' in answer).toBe(false);
	if ('items' in answer) return;
	expect(ids(answer.added)).toEqual(['market-toulouse-d']);
	expect(ids(answer.changed)).toEqual(['market-toulouse-b']);
	expect(answer.removed).toEqual(['market-toulouse-a']);
	expect(packs.answer('market', packs.heads()[0]?.version)).toMatchObject({
		added: [],
		changed: [],
		removed: []
	});
	expect(packs.answer('market', 'nothing-we-know')).toHaveProperty('items.length', 3);
	features = [market('A'), market('B'), market('C')];
	now += 25 * HOUR;
	await run(packs, () => packs.heads()[0]?.version === first?.version);
});

test('a copy damaged on disk is not served: it is read again', async () => {
	const settings = only(from('market', 'marches'));
	serveFile(replay, 'marches', () => collection(market('A')));
	const head = (await read(settings)).heads()[0];
	fs.writeFileSync(path.join(dataDir, 'packs/market', `${head?.version}.json`), '[]');
	const packs = open(settings);
	expect(packs.heads()).toEqual([]);
	await run(packs, () => packs.heads().length === 1);
});

test('what did not change is asked with its ETag and not sent again; the copy counts as checked', async () => {
	const settings = only(from('market', 'marches'));
	serveFile(replay, 'marches', () => collection(market('A')));
	const packs = open(settings);
	const running = packs.run(stop.signal);
	await vi.waitFor(() => expect(packs.heads()).toHaveLength(1), { timeout: 5_000 });
	now += 25 * HOUR;
	await vi.waitFor(() => expect(packs.heads()[0]?.checked).toBe('2026-11-26T09:00:00Z'), {
		timeout: 5_000
	});
	stop.abort();
	await running;
	const exports = replay.asked.filter(({ path }) => path.endsWith('/exports/geojson'));
	expect(exports.map(({ status }) => status)).toEqual([200, 304]);
	expect(packs.heads()[0]?.updated).toBe('2026-11-25T08:00:00Z');
});
