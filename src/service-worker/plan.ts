/** A chunk of the client build, as Vite's manifest tells it. */
interface Chunk {
	file: string;
	isEntry?: boolean;
	imports?: string[];
	dynamicImports?: string[];
	css?: string[];
	assets?: string[];
}

export type Manifest = Readonly<Record<string, Chunk>>;

/** Kit's own entries and its pages; what these import statically is the app itself. */
const APP = /(^|\/)(\.svelte-kit\/generated\/|@sveltejs\/kit\/src\/runtime\/)/;

/** Loaded after the first screen, and still part of the app: its own screens, some 20 kB, are there from the first hour in flight. */
const OURS = /(^|\/)src\/lib\/(?!map\/)/;

/** Vite counts a worker among the files of whoever may start it; none is started before the first screen stands. */
const WORKER = /(^|\/)workers\//;

/**
 * The build in two parts, by path of file. `first`: what any page of the app needs to open. `later`: what is only imported
 * when asked for (the map, the MQTT client), fetched in the background or on use.
 */
export function plan(manifest: Manifest): { first: string[]; later: string[] } {
	const first = new Set<string>();
	const seen = new Set<string>();
	const walk = (key: string) => {
		const chunk = manifest[key];
		if (!chunk || seen.has(key)) return;
		seen.add(key);
		const assets = (chunk.assets ?? []).filter((file) => !WORKER.test(file));
		for (const file of [chunk.file, ...(chunk.css ?? []), ...assets]) first.add(file);
		for (const key of chunk.imports ?? []) walk(key);
	};
	for (const key of Object.keys(manifest)) if (APP.test(key) || OURS.test(key)) walk(key);
	const later = new Set<string>();
	for (const { file, css = [], assets = [] } of Object.values(manifest))
		for (const path of [file, ...css, ...assets]) if (!first.has(path)) later.add(path);
	return { first: [...first], later: [...later] };
}
