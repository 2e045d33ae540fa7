import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

const part = v.object({
	/** Datasets of the portal, the likeliest first: the first that the portal has is read. */
	datasets: v.optional(v.array(v.pipe(v.string(), v.regex(/^[\w@.-]+$/))), []),
	/** A file anywhere, in place of a dataset. */
	url: v.optional(v.pipe(v.string(), v.url(), v.regex(/^https?:\/\//))),
	/** Values that every item of this part has: which of several kinds of place it lists. */
	set: v.optional(v.record(v.string(), v.string()), {}),
	licence: v.optional(v.string(), ''),
	attribution: v.optional(v.string())
});

const schema = v.object({
	/** Beyond this box a position is a mistake. */
	bbox: v.tuple([v.number(), v.number(), v.number(), v.number()]),
	/** Whom to thank where the catalogue does not say. */
	attribution: v.string(),
	packs: v.array(
		v.object({
			layer: v.string(),
			everyHours: v.optional(v.pipe(v.number(), v.minValue(1)), 24),
			parts: v.array(part)
		})
	)
});

export type PackSettings = v.InferOutput<typeof schema>;
export type PackSetting = PackSettings['packs'][number];
export type Part = v.InferOutput<typeof part>;

/** Where each static layer of a city is read (`static/city/{city}/packs.json`); none where the city has no such file. */
export function citySettings(city: string): PackSettings {
	const file = path.resolve(import.meta.dirname, '../../static/city', city, 'packs.json');
	if (!fs.existsSync(file)) return { bbox: [-180, -90, 180, 90], attribution: '', packs: [] };
	return v.parse(schema, JSON.parse(fs.readFileSync(file, 'utf8')));
}
