import fs from 'node:fs';
import * as v from 'valibot';
import { sourceSchema, type SourceConfig } from '../config.ts';

const PORTAL = 'https://data.toulouse-metropole.fr';

/**
 * The sources of a city pack (`static/city/{city}/sources.json`), those on the portal moved to `portalUrl`. A city
 * without that file has none. Throws where the file is not a list of sources: it ships with the program.
 */
export function citySources(
	city: string,
	portalUrl = PORTAL,
	folder: URL = new URL('../../static/city/', import.meta.url)
): SourceConfig[] {
	const file = new URL(`${encodeURIComponent(city)}/sources.json`, folder);
	if (!fs.existsSync(file)) return [];
	const text = fs.readFileSync(file, 'utf8').replaceAll(`"${PORTAL}/`, `"${portalUrl}/`);
	return v.parse(v.array(sourceSchema), JSON.parse(text));
}
