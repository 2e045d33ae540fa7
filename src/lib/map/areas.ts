import type { FeatureCollection, MultiPolygon, Point } from 'geojson';
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Position } from '../geo.ts';
import { markKey, type Mark } from './marks.ts';
import type { Palette } from './style.ts';

/** A district on the map: coloured by its level, which its mark and its words say too. */
export interface Area {
	id: string;
	/** A point where the border is not known. */
	geometry: MultiPolygon | Point;
	center: Position;
	mark: Mark;
	label: string;
}

export const AREAS = 'areas';
export const AREA_LABELS = 'area-labels';

/** Below this zoom districts stand for what cells cannot tell (CONTRACT, « What a phone subscribes »). */
export const AREA_ZOOM = 13;

/** What the map draws of areas: borders, and a labelled point at each centre. */
export function areaFeatures(areas: readonly Area[]): FeatureCollection {
	return {
		type: 'FeatureCollection',
		features: areas.flatMap(({ id, geometry, center, mark, label }) => {
			const properties = { id, tone: mark.color, mark: markKey(mark), label };
			const named = {
				type: 'Feature' as const,
				properties,
				geometry: { type: 'Point' as const, coordinates: center }
			};
			if (geometry.type === 'Point') return [named];
			return [{ type: 'Feature' as const, properties, geometry }, named];
		})
	};
}

/** Fill and border, painted under the streets' names and the places. */
export function areaLayers(c: Palette): LayerSpecification[] {
	const tone: ExpressionSpecification = [
		'match',
		['get', 'tone'],
		'good',
		c.good,
		'fair',
		c.fair,
		'poor',
		c.poor,
		'plain',
		c.plain,
		'dead',
		c.dead,
		['to-color', ['get', 'tone'], c.plain]
	];
	const polygons: ExpressionSpecification = ['==', ['geometry-type'], 'Polygon'];
	return [
		{
			id: AREAS,
			type: 'fill',
			source: AREAS,
			maxzoom: AREA_ZOOM,
			filter: polygons,
			paint: { 'fill-color': tone, 'fill-opacity': 0.22 }
		},
		{
			id: 'area-borders',
			type: 'line',
			source: AREAS,
			maxzoom: AREA_ZOOM,
			filter: polygons,
			layout: { 'line-join': 'round' },
			paint: { 'line-color': c['ink-soft'], 'line-width': 1, 'line-opacity': 0.7 }
		}
	];
}

/** Mark, name, figure, word and number of sensors, where there is room for them. */
export function areaLabels(c: Palette, font: string[]): LayerSpecification {
	return {
		id: AREA_LABELS,
		type: 'symbol',
		source: AREAS,
		maxzoom: AREA_ZOOM,
		filter: ['==', ['geometry-type'], 'Point'],
		layout: {
			'icon-image': ['get', 'mark'],
			'icon-allow-overlap': true,
			'icon-ignore-placement': true,
			'text-field': ['get', 'label'],
			'text-font': font,
			'text-size': 12.5,
			'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
			'text-radial-offset': 0.9,
			'text-max-width': 11,
			'text-optional': true
		},
		paint: { 'text-color': c.ink, 'text-halo-color': c.paper, 'text-halo-width': 2 }
	};
}
