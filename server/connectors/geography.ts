import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import type { Log } from '../log.ts';
import { LIMITS, Session, type Limits } from './session.ts';

/**
 * The official geography and the fields of it that are kept. Everything else is dropped, persons' names
 * (`maire_de_quartier`) first of all.
 */
const DATASETS = [
	{ id: 'communes', file: 'communes.geojson', fields: ['code_insee', 'libelle'] },
	{
		id: 'quartiers-de-democratie-locale',
		file: 'quartiers.geojson',
		fields: ['quartier', 'nom_quartier']
	},
	{ id: 'stations-de-metro', file: 'metro.geojson', fields: ['nom', 'ligne', 'etat'] },
	{ id: 'stations-de-tramway', file: 'tram.geojson', fields: ['nom', 'ligne', 'en_service'] }
] as const;

const WEEK_MS = 7 * 86_400_000;
const RETRY_MS = 3_600_000;

interface Deps {
	portalUrl: string;
	city: string;
	dataDir: string;
	log: Log;
	clock: () => number;
	fetch?: typeof globalThis.fetch;
	limits?: Partial<Limits>;
	/** Called with the file's name after a new one stands. */
	onFile?: (file: string) => void;
}

const featureCollection = v.object({
	type: v.literal('FeatureCollection'),
	features: v.pipe(
		v.array(
			v.object({
				type: v.literal('Feature'),
				geometry: v.looseObject({ type: v.string(), coordinates: v.array(v.unknown()) }),
				properties: v.record(v.string(), v.unknown())
			})
		),
		v.minLength(1)
	)
});

/** Geometry and the named properties of each feature; `code_insee` becomes text of five digits. */
export function keepFields(json: unknown, fields: readonly string[]) {
	const read = v.safeParse(featureCollection, json);
	if (!read.success)
		throw new AppError('source_unreadable', 'not a GeoJSON FeatureCollection of features');
	const features = read.output.features.map(({ type, geometry, properties }) => {
		const kept: Record<string, unknown> = {};
		for (const name of fields) if (name in properties) kept[name] = properties[name];
		if ('code_insee' in kept)
			kept['code_insee'] = String(kept['code_insee']).replace(/\.0$/, '').padStart(5, '0');
		return { type, geometry, properties: kept };
	});
	return { type: 'FeatureCollection' as const, features };
}

/**
 * Keeps the official geography of the portal in `{dataDir}/city/{city}/`, each file asked again a week after it was
 * written, until `signal` aborts. A file is replaced whole or not at all; without a network what stands, or the bundled
 * city, goes on serving.
 */
export async function geography(deps: Deps, signal: AbortSignal): Promise<void> {
	const { portalUrl, city, dataDir, log, clock, fetch = globalThis.fetch, onFile } = deps;
	const folder = path.join(dataDir, 'city', city);
	const limits = { ...LIMITS, timeoutMs: 60_000, ...deps.limits }; // polygons weigh more than counts
	while (!signal.aborted) {
		const session = new Session({ fetch, clock, signal, limits, shared: new Map() });
		let wait = WEEK_MS;
		for (const { id, file, fields } of DATASETS) {
			const target = path.join(folder, file);
			try {
				const age = clock() - (await modified(target));
				if (age < WEEK_MS) {
					wait = Math.min(wait, WEEK_MS - age);
					continue;
				}
				const address = `${portalUrl}/api/explore/v2.1/catalog/datasets/${id}/exports/geojson`;
				const json = JSON.stringify(keepFields(await session.page(address), fields));
				await fs.mkdir(folder, { recursive: true });
				await fs.writeFile(`${target}.new`, json, { flush: true });
				await fs.rename(`${target}.new`, target);
				log.info({ dataset: id, file: target }, 'geography refreshed');
				onFile?.(file);
			} catch (err) {
				if (signal.aborted) return;
				wait = Math.min(wait, RETRY_MS);
				// What stands goes on serving, and an hour later it is asked again: nothing a reader of the log must act on.
				log.debug({ dataset: id, err }, 'geography not refreshed');
			}
		}
		await pause(Math.max(wait, 60_000), undefined, { signal }).catch(() => undefined);
	}
}

/** When the file was written, ms; long ago where there is none. */
async function modified(file: string): Promise<number> {
	return fs.stat(file).then(
		({ mtimeMs }) => mtimeMs,
		() => -Infinity
	);
}
