import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silent } from '../log.ts';
import { Replay } from '../testing/replay.ts';
import { geography, keepFields } from './geography.ts';
import { citySources } from './sources.ts';

const square = [
	[
		[
			[1, 43],
			[1, 44],
			[2, 44],
			[1, 43]
		]
	]
];
const feature = (properties: Record<string, unknown>) => ({
	type: 'Feature',
	geometry: { type: 'MultiPolygon', coordinates: square },
	properties
});
const collection = (properties: Record<string, unknown>) => ({
	type: 'FeatureCollection',
	features: [feature(properties)]
});

test('only named fields are kept: no person in them; an INSEE code is text of five digits', () => {
	expect(
		keepFields(collection({ quartier: 3, nom_quartier: 'X', maire_de_quartier: 'Y' }), [
			'quartier',
			'nom_quartier'
		]).features
	).toEqual([feature({ quartier: 3, nom_quartier: 'X' })]);
	expect(
		keepFields(collection({ code_insee: 1004.0 }), ['code_insee']).features[0]?.properties
	).toEqual({
		code_insee: '01004'
	});
	expect(() => keepFields({ type: 'FeatureCollection', features: [] }, [])).toThrow();
});

test('what the portal answers stands as a file; what it does not answer leaves the old file as it was', async () => {
	const replay = await Replay.start();
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-geography-'));
	const folder = path.join(dataDir, 'city', 'essai');
	fs.mkdirSync(folder, { recursive: true });
	const old = path.join(folder, 'communes.geojson');
	fs.writeFileSync(old, 'old');
	fs.utimesSync(old, new Date(0), new Date(0));
	const at = (id: string) => `/api/explore/v2.1/catalog/datasets/${id}/exports/geojson`;
	replay.serve(at('communes'), () => collection({ code_insee: 31555, libelle: 'Toulouse' }));
	replay.misbehave(at('communes'), 'half-json');
	replay.serve(at('quartiers-de-democratie-locale'), () =>
		collection({ quartier: 1, maire_de_quartier: 'Y' })
	);
	replay.serve(at('stations-de-metro'), () => collection({ nom: 'ESSAI', ligne: 'A' }));
	const stop = new AbortController();
	const files: string[] = [];
	const written = new Promise<void>((resolve) => {
		const onFile = (file: string) => void (files.push(file), file === 'metro.geojson' && resolve());
		const deps = {
			portalUrl: replay.url,
			city: 'essai',
			dataDir,
			log: silent,
			clock: Date.now,
			onFile
		};
		void geography(deps, stop.signal).then(resolve);
	});
	await written;
	stop.abort();
	expect(files).toEqual(['quartiers.geojson', 'metro.geojson']);
	expect(fs.readFileSync(old, 'utf8')).toBe('old');
	expect(fs.readFileSync(path.join(folder, 'quartiers.geojson'), 'utf8')).not.toContain('maire');
	expect(fs.readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
	await replay.close();
	fs.rmSync(dataDir, { recursive: true });
});

test("the city pack's sources are valid, named once, and move with the portal's address", () => {
	const sources = citySources('toulouse', 'http://127.0.0.1:9');
	expect(new Set(sources.map(({ id }) => id)).size).toBe(sources.length);
	expect(new Set(sources.map(({ layer }) => layer))).toEqual(new Set(['bike', 'air', 'weather']));
	for (const source of sources) {
		expect(source.licence && source.attribution).toBeTruthy();
		if (source.layer !== 'weather') continue;
		expect(source.url).toMatch(/^http:\/\/127\.0\.0\.1:9\/api\//);
		expect(source.options['catalogue']).toMatch(/^http:\/\/127\.0\.0\.1:9\/api\//);
	}
	expect(citySources('nowhere')).toEqual([]);
});
