import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { silent } from '../log.ts';
import { samples as recordedSamples } from '../testing/real.ts';
import { Replay, serveFile } from '../testing/replay.ts';
import { Packs } from './packs.ts';
import { citySettings } from './settings.ts';

// Files recorded from the portal are not part of this repository: their licences are those of their publishers.
const samples = recordedSamples();

const FILES = {
	marches: 'toulouse_marches_updated.geojson',
	'etablissement-recevant-du-public-ville-de-toulouse':
		'toulouse_etablissements-recevant-du-public.geojson',
	'recup-verre': 'toulouse_recup-verre_v1-records_2018.json',
	'jardins-partages': 'toulouse_jardins-partages_2017.geojson',
	piscines: 'toulouse_piscines_2017.geojson',
	patinoires: 'toulouse_patinoires_2017.geojson',
	gymnases: 'toulouse_gymnases_2017.geojson',
	stades: 'toulouse_stades_2017.geojson',
	cinemas: 'toulouse_cinemas_2017.geojson',
	'cafes-concerts': 'toulouse_cafes-concerts_2017.geojson',
	'agenda-des-manifestations-culturelles-so-toulouse':
		'toulouse_agenda-so-toulouse_v1-records_2021.json',
	'stations-de-metro': 'toulouse_stations-de-metro_2017.geojson',
	'stations-de-tramway': 'toulouse_stations-de-tramway_2017.geojson'
} as const;

test.skipIf(!samples)(
	'files recorded from the portal give as many places as they hold, and no mailbox',
	async () => {
		const replay = await Replay.start();
		const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-recorded-'));
		const stop = new AbortController();
		try {
			const counts = new Map<string, number>();
			for (const [id, name] of Object.entries(FILES)) {
				const file = JSON.parse(fs.readFileSync(path.join(samples ?? '', name), 'utf8')) as
					unknown[] | { features: unknown[] };
				counts.set(id, Array.isArray(file) ? file.length : file.features.length);
				serveFile(replay, id, () => file);
			}
			const settings = citySettings('toulouse');
			const packs = new Packs({
				settings,
				city: 'toulouse',
				portalUrl: replay.url,
				dataDir,
				log: silent,
				clock: Date.now
			});
			const running = packs.run(stop.signal);
			await vi.waitFor(
				() => expect(packs.states().every(({ ok }) => ok !== undefined)).toBe(true),
				{
					timeout: 20_000
				}
			);
			stop.abort();
			await running;
			for (const { layer, parts } of settings.packs) {
				const sum = parts
					.flatMap(({ datasets }) => datasets)
					.reduce((total, id) => total + (counts.get(id) ?? 0), 0);
				// The recorded agenda holds one manifestation twice.
				const twice = layer === 'event' ? 1 : 0;
				expect([layer, packs.items(layer).length]).toEqual([layer, sum - twice]);
			}
			expect(packs.absent().map(({ name }) => name)).toEqual(['toilet', 'water', 'works']);
			const all = JSON.stringify(packs.heads().map(({ name }) => packs.items(name)));
			expect(all).not.toContain('@');
			const located = packs.items('building').filter(({ location }) => location);
			expect(located).toHaveLength(769);
		} finally {
			stop.abort();
			await replay.close();
			fs.rmSync(dataDir, { recursive: true });
		}
	}
);
