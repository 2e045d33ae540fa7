import type { Level, Values } from '../define-layer.ts';

/**
 * The six classes of the French ATMO index with their published colours, in order. Inks reach a contrast of 4.5.
 * Source: arrêté du 10 juillet 2020 (NOR TRER2017892A); 0 and 7 are « indisponible » and « évènement ».
 */
const CLASSES = [
	{ id: 'bon', fr: 'bon', en: 'good', color: '#50f0e6', ink: '#1c1916', shape: 'circle' },
	{ id: 'moyen', fr: 'moyen', en: 'fair', color: '#50ccaa', ink: '#1c1916', shape: 'circle' },
	{
		id: 'degrade',
		fr: 'dégradé',
		en: 'degraded',
		color: '#f0e641',
		ink: '#1c1916',
		shape: 'triangle'
	},
	{ id: 'mauvais', fr: 'mauvais', en: 'poor', color: '#ff5050', ink: '#1c1916', shape: 'triangle' },
	{
		id: 'tres-mauvais',
		fr: 'très mauvais',
		en: 'very poor',
		color: '#960032',
		ink: '#ffffff',
		shape: 'square'
	},
	{
		id: 'extremement-mauvais',
		fr: 'extrêmement mauvais',
		en: 'extremely poor',
		color: '#872181',
		ink: '#ffffff',
		shape: 'square'
	},
	{
		id: 'evenement',
		fr: 'évènement',
		en: 'event',
		color: '#888888',
		ink: '#1c1916',
		shape: 'diamond'
	}
] as const;

/** Level of an index value 1 to 7; undefined for anything else, 0 (« indisponible ») included. */
export function indexLevel(index: number): Level | undefined {
	const found = CLASSES[index - 1];
	return (
		found && {
			id: found.id,
			rank: index - 1,
			word: { fr: found.fr, en: found.en },
			shape: found.shape,
			color: found.color,
			ink: found.ink
		}
	);
}

/** Upper limits of classes 1 to 5 in µg/m³, right-closed: PM2.5 = 10.0 is still « bon ». Annex I of the arrêté. */
const LIMITS: Readonly<Record<string, readonly number[]>> = {
	pm25: [10, 20, 25, 50, 75],
	pm10: [20, 40, 50, 100, 150],
	no2: [40, 90, 120, 230, 340],
	o3: [50, 100, 130, 240, 380],
	so2: [100, 200, 350, 500, 750]
};

/** Class 1 to 6 of one concentration in µg/m³, or undefined for a pollutant without limits. */
export function pollutantClass(pollutant: string, concentration: number): number | undefined {
	const limits = LIMITS[pollutant];
	if (!limits) return undefined;
	const at = limits.findIndex((limit) => concentration <= limit);
	return at === -1 ? 6 : at + 1;
}

/**
 * The worst class among hourly concentrations. It is indicative only: the official ATMO index is a daily value that the
 * approved association alone computes, so whoever shows this must call it « indicatif ».
 */
export function indicativeClass(values: Values): number | undefined {
	let worst: number | undefined;
	for (const pollutant of Object.keys(LIMITS)) {
		const value = values[pollutant];
		if (typeof value !== 'number') continue;
		const found = pollutantClass(pollutant, value);
		if (found !== undefined && (worst === undefined || found > worst)) worst = found;
	}
	return worst;
}
