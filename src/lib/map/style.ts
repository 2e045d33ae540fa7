import type { FeatureCollection } from 'geojson';
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { AREAS, areaLabels, areaLayers } from './areas.ts';
import { spoken, waters } from './labels.ts';
import type { GroundKind, Pack } from './pack.ts';

/** The colours of the page (`app.css`), read from it so that the map follows the theme. */
export interface Palette {
	paper: string;
	card: string;
	line: string;
	ink: string;
	'ink-soft': string;
	brique: string;
	pastel: string;
	violette: string;
	good: string;
	fair: string;
	poor: string;
	plain: string;
	dead: string;
	river: string;
	green: string;
}

const NAMES: readonly (keyof Palette)[] = [
	'paper',
	'card',
	'line',
	'ink',
	'ink-soft',
	'brique',
	'pastel',
	'violette',
	'good',
	'fair',
	'poor',
	'plain',
	'dead',
	'river',
	'green'
];

/** The palette as the document shows it now. */
export function readPalette(root: Element = document.documentElement): Palette {
	const css = getComputedStyle(root);
	return Object.fromEntries(
		NAMES.map((name) => [name, css.getPropertyValue(`--${name}`).trim() || '#888888'])
	) as Record<keyof Palette, string>;
}

export const PLACES = 'places';
export const YOU = 'you';
export const DISTRICT_NAMES = 'names-district';

/** Without a glyph server, letters are drawn from CSS fonts; the first name only says the weight to the rasterizer. */
const FACE = ['Bold', 'Atkinson Hyperlegible Next', 'system-ui', 'sans-serif'];

/** Width in pixels of something `metres` wide on the ground: a pixel covers half as much at each zoom. */
function groundWidth(metres: number | ExpressionSpecification, least: number) {
	const METRES_AT_0 = 56_680; // one pixel at zoom 0 and 43.6° N, 512-pixel tiles
	const at = (zoom: number): ExpressionSpecification => [
		'max',
		least,
		['*', metres, 2 ** zoom / METRES_AT_0]
	];
	return [
		'interpolate',
		['exponential', 2],
		['zoom'],
		9,
		at(9),
		20,
		at(20)
	] as ExpressionSpecification;
}

/** Places for a name around its point, `far` ems away. */
const around = (far: number): (string | [number, number])[] => [
	'top',
	[0, far],
	'bottom',
	[0, -far],
	'left',
	[far, 0],
	'right',
	[-far, 0]
];

const empty = { type: 'FeatureCollection' as const, features: [] };

/** The schematic city: the drawing of the bundled pack, its names, the places, and the person's position. */
export function cityStyle(pack: Pack, colors: Palette): StyleSpecification {
	return {
		version: 8,
		sources: {
			ground: { type: 'geojson', data: pack.ground as FeatureCollection },
			names: { type: 'geojson', data: names(pack) },
			waters: { type: 'geojson', data: waterLines(pack) },
			[PLACES]: { type: 'geojson', data: empty, promoteId: 'id', maxzoom: 14, tolerance: 0 },
			[AREAS]: { type: 'geojson', data: empty },
			[YOU]: { type: 'geojson', data: empty }
		},
		layers: cityLayers(colors)
	};
}

function names(pack: Pack): FeatureCollection {
	const point = (name: string, kind: string, coordinates: [number, number]) => ({
		type: 'Feature' as const,
		properties: { name, kind },
		geometry: { type: 'Point' as const, coordinates }
	});
	return {
		type: 'FeatureCollection',
		features: [
			...pack.districts.map(({ name, center }) =>
				point(spoken(name, 'district'), 'district', center)
			),
			...pack.places.map(({ name, kind, location }) => point(spoken(name, kind), kind, location))
		]
	};
}

function waterLines(pack: Pack): FeatureCollection {
	return {
		type: 'FeatureCollection',
		features: waters(pack).map(({ name, kind, line }) => ({
			type: 'Feature',
			properties: { name, kind },
			geometry: { type: 'LineString', coordinates: line }
		}))
	};
}

/** The layers of the style in the order they are painted. Called again with other colours when the theme changes. */
export function cityLayers(c: Palette): LayerSpecification[] {
	const is = (...kinds: GroundKind[]): ExpressionSpecification => [
		'in',
		['get', 'kind'],
		['literal', kinds]
	];
	const fill = (id: GroundKind, color: string, opacity = 1): LayerSpecification => ({
		id,
		type: 'fill',
		source: 'ground',
		filter: is(id),
		paint: { 'fill-color': color, 'fill-opacity': opacity }
	});
	const stroke = (
		id: GroundKind,
		color: string,
		width: ExpressionSpecification | number,
		opacity = 1,
		minzoom = 0
	): LayerSpecification => ({
		id,
		type: 'line',
		source: 'ground',
		minzoom,
		filter: is(id),
		layout: { 'line-cap': 'round', 'line-join': 'round' },
		paint: { 'line-color': color, 'line-width': width, 'line-opacity': opacity }
	});
	const text = (
		id: string,
		kinds: string[],
		color: string,
		size: number,
		minzoom: number,
		maxzoom = 24
	): LayerSpecification => ({
		id,
		type: 'symbol',
		source: 'names',
		minzoom,
		maxzoom,
		filter: ['in', ['get', 'kind'], ['literal', kinds]],
		layout: {
			'text-field': ['get', 'name'],
			'text-font': FACE,
			'text-size': size,
			'text-max-width': 9,
			'text-padding': 1,
			// Among many marks a name still finds a free side, near or a little farther.
			'text-variable-anchor-offset': [...around(0.5), ...around(1.3), ...around(2.2)]
		},
		paint: { 'text-color': color, 'text-halo-color': c.paper, 'text-halo-width': 1.5 }
	});
	return [
		{ id: 'paper', type: 'background', paint: { 'background-color': c.paper } },
		fill('park', c.green),
		stroke('river', c.river, groundWidth(['get', 'm'], 3)),
		stroke('stream', c.river, groundWidth(14, 1)),
		stroke('canal', c.river, groundWidth(22, 1.6)),
		fill('basin', c.river),
		stroke('rocade', c.line, groundWidth(26, 1.6)),
		stroke('street', c.line, groundWidth(11, 0.8), 0.75, 12),
		stroke('ring', c.brique, groundWidth(20, 1.4), 0.22),
		fill('square', c.brique, 0.24),
		stroke('tram', c.pastel, 2.2, 0.55),
		stroke('metro', c.violette, 2.4, 0.45),
		{
			id: 'stop',
			type: 'circle',
			source: 'names',
			minzoom: 12.6,
			filter: ['in', ['get', 'kind'], ['literal', ['metro', 'station']]],
			paint: {
				'circle-radius': 3.4,
				'circle-color': c.card,
				'circle-stroke-color': c.violette,
				'circle-stroke-width': 1.6
			}
		},
		{
			id: 'water-names',
			type: 'symbol',
			source: 'waters',
			minzoom: 11,
			layout: {
				'symbol-placement': 'line',
				'symbol-spacing': 420,
				'text-field': ['get', 'name'],
				'text-font': FACE,
				'text-size': 13,
				'text-letter-spacing': 0.06,
				'text-offset': [
					'case',
					['==', ['get', 'kind'], 'river'],
					['literal', [0, 0]],
					['literal', [0, -0.9]]
				]
			},
			paint: { 'text-color': c.pastel, 'text-halo-color': c.paper, 'text-halo-width': 1 }
		},
		...areaLayers(c),
		text('names-low', ['place', 'hospital', 'university'], c['ink-soft'], 12, 14.2),
		text('names-park', ['park'], c.good, 12, 13),
		text('names-stop', ['metro', 'station'], c['ink-soft'], 12.5, 12.6),
		text('names-square', ['square'], c.brique, 12.5, 13.8),
		text(DISTRICT_NAMES, ['district'], c['ink-soft'], 13, 10, 13.3),
		areaLabels(c, FACE),
		{
			id: 'you-halo',
			type: 'circle',
			source: YOU,
			paint: { 'circle-radius': 22, 'circle-color': c.pastel, 'circle-opacity': 0.2 }
		},
		{
			id: 'chosen',
			type: 'circle',
			source: PLACES,
			paint: {
				'circle-radius': 14,
				'circle-color': c.card,
				'circle-stroke-color': c.ink,
				'circle-stroke-width': 2.5,
				'circle-opacity': ['case', ['boolean', ['feature-state', 'chosen'], false], 1, 0],
				'circle-stroke-opacity': ['case', ['boolean', ['feature-state', 'chosen'], false], 1, 0]
			}
		},
		{
			id: 'figures',
			type: 'symbol',
			source: PLACES,
			minzoom: 14.6,
			layout: {
				'text-field': ['get', 'figure'],
				'text-font': FACE,
				'text-size': 13,
				'text-padding': 1,
				'text-variable-anchor': ['left', 'right', 'bottom', 'top'],
				'text-radial-offset': 1
			},
			paint: { 'text-color': c.ink, 'text-halo-color': c.paper, 'text-halo-width': 1.8 }
		},
		{
			id: PLACES,
			type: 'symbol',
			source: PLACES,
			layout: {
				'icon-image': ['get', 'mark'],
				'icon-size': ['interpolate', ['linear'], ['zoom'], 11, 0.5, 14, 0.85, 17, 1.15],
				// No place is ever hidden by another: the map shows what the list shows. Names keep off them.
				'icon-allow-overlap': true,
				'icon-padding': 0
			}
		},
		{
			id: YOU,
			type: 'circle',
			source: YOU,
			paint: {
				'circle-radius': 7,
				'circle-color': c.pastel,
				'circle-stroke-color': c.card,
				'circle-stroke-width': 2.5
			}
		}
	];
}
