import type { ErrorCode } from '../../src/lib/errors.ts';
import type { Params } from '../../src/lib/query.ts';
import {
	districtHistoryParams,
	entitiesParams,
	exportParams,
	historyParams,
	layersParams,
	packParams,
	packsParams,
	typicalParams
} from './params.ts';
import { alertRoutes } from './alert-routes.ts';
import { reportRoutes } from './report-routes.ts';

/** One method of one path, as the published document tells it. */
export interface Route {
	method: 'get' | 'post' | 'put' | 'delete';
	/** With `{name}` for each part that varies. */
	path: string;
	summary: string;
	query?: Params;
	/** What a good answer is; `schema` names a component. */
	answer: { status: number; description: string; contentType: string; schema?: string };
	/** A GET whose answer has an ETag. */
	conditional?: true;
	/** The body is the raw message of any layer, and the device proves itself. */
	raw?: true;
	/** The device shows its secret in `Capitoul-Device`. */
	device?: true;
	/** What is sent; `schema` names a component. */
	body?: { contentType: string; schema: string };
	errors?: readonly ErrorCode[];
	/** Another status than that of an error, with a body of its own. */
	also?: { status: number; description: string; schema: string };
}

const json = 'application/json';
const geojson = 'application/geo+json';

/** Every route of the public API. A test holds it against the folders of `src/routes`. */
export const routes: readonly Route[] = [
	{
		method: 'get',
		path: '/api/v1/layers',
		summary: 'What kinds of data there are, how much of each, how fresh and from whom',
		query: layersParams,
		answer: { status: 200, description: 'The layers', contentType: json, schema: 'Layers' },
		conditional: true,
		errors: ['query_invalid']
	},
	{
		method: 'get',
		path: '/api/v1/entities',
		summary: 'The things of the city with their newest values, or what changed since an answer',
		query: entitiesParams,
		answer: {
			status: 200,
			description: 'Features in order of id',
			contentType: geojson,
			schema: 'Entities'
		},
		conditional: true,
		errors: ['query_invalid', 'limit_exceeded', 'since_with_bbox', 'layer_unknown']
	},
	{
		method: 'get',
		path: '/api/v1/entities/{id}',
		summary: 'One thing of the city',
		answer: {
			status: 200,
			description: 'One Feature, with what it missed',
			contentType: geojson,
			schema: 'OneEntity'
		},
		conditional: true,
		errors: ['entity_unknown']
	},
	{
		method: 'get',
		path: '/api/v1/entities/{id}/history',
		summary: 'One number of one thing over time, in buckets of a step that fits',
		query: historyParams,
		answer: { status: 200, description: 'Columns', contentType: json, schema: 'History' },
		conditional: true,
		errors: ['entity_unknown', 'query_invalid', 'limit_exceeded', 'history_unavailable']
	},
	{
		method: 'get',
		path: '/api/v1/entities/{id}/typical',
		summary: 'What a week of one number of one thing usually looks like, in local time',
		query: typicalParams,
		answer: { status: 200, description: 'Columns', contentType: json, schema: 'Typical' },
		conditional: true,
		errors: ['entity_unknown', 'query_invalid', 'history_unavailable']
	},
	{
		method: 'get',
		path: '/api/v1/districts',
		summary: 'The districts of the city with their latest figures, by layer',
		answer: {
			status: 200,
			description: 'Features in order: quartiers, then communes',
			contentType: geojson,
			schema: 'Districts'
		},
		conditional: true
	},
	{
		method: 'get',
		path: '/api/v1/districts/{id}/history',
		summary: 'One number of a layer over a whole district and over time',
		query: districtHistoryParams,
		answer: { status: 200, description: 'Columns', contentType: json, schema: 'DistrictHistory' },
		conditional: true,
		errors: [
			'district_unknown',
			'layer_unknown',
			'query_invalid',
			'limit_exceeded',
			'history_unavailable'
		]
	},
	{
		method: 'get',
		path: '/api/v1/layers/{layer}/export.csv',
		summary: 'Every reading of a layer in a range, streamed',
		query: exportParams,
		answer: {
			status: 200,
			description: 'entity,attribute,dateObserved,value',
			contentType: 'text/csv'
		},
		errors: ['layer_unknown', 'query_invalid']
	},
	{
		method: 'get',
		path: '/api/v1/layers/{layer}/export.geojson',
		summary: 'Every reading of a layer in a range as a Feature, streamed',
		query: exportParams,
		answer: { status: 200, description: 'FeatureCollection', contentType: geojson },
		errors: ['layer_unknown', 'query_invalid']
	},
	{
		method: 'get',
		path: '/api/v1/packs',
		summary: 'Open data that stays where it is, as files to keep on a phone',
		query: packsParams,
		answer: { status: 200, description: 'One entry a pack', contentType: json, schema: 'Packs' },
		conditional: true,
		errors: ['query_invalid']
	},
	{
		method: 'get',
		path: '/api/v1/packs/{name}',
		summary: 'All of a pack, or what changed from a version',
		query: packParams,
		answer: {
			status: 200,
			description: 'Places in order of id',
			contentType: json,
			schema: 'Pack'
		},
		conditional: true,
		errors: ['pack_unknown', 'query_invalid']
	},
	{
		method: 'post',
		path: '/api/v1/raw/{layer}/{id}',
		summary: 'One raw message of a device; an empty body removes the entity',
		raw: true,
		answer: {
			status: 202,
			description: 'The broker has acknowledged it',
			contentType: json
		},
		errors: [
			'payload_too_large',
			'payload_not_utf8',
			'payload_not_json',
			'payload_not_object',
			'topic_invalid',
			'layer_unknown',
			'id_invalid',
			'id_mismatch',
			'date_missing',
			'date_invalid',
			'attribute_invalid',
			'location_invalid',
			'name_invalid',
			'sequence_invalid',
			'origin_refused',
			'credentials_missing',
			'credentials_refused',
			'topic_forbidden',
			'too_many_requests',
			'broker_unavailable'
		]
	},
	...reportRoutes,
	...alertRoutes,
	{
		method: 'get',
		path: '/api/v1/openapi.json',
		summary: 'This document',
		answer: { status: 200, description: 'OpenAPI 3.1', contentType: json },
		conditional: true
	},
	{
		method: 'get',
		path: '/api/v1/asyncapi.json',
		summary: 'The MQTT topics, as AsyncAPI',
		answer: { status: 200, description: 'AsyncAPI 3.0', contentType: json },
		conditional: true
	},
	{
		method: 'get',
		path: '/healthz',
		summary: 'Whether the process is alive',
		answer: { status: 200, description: 'It is', contentType: json }
	},
	{
		method: 'get',
		path: '/readyz',
		summary: 'Whether it can serve and accept, and how each dependency and source is',
		answer: { status: 200, description: 'Ready or degraded', contentType: json, schema: 'Ready' },
		also: { status: 503, description: 'Still starting', schema: 'Ready' }
	},
	{
		method: 'get',
		path: '/metrics',
		summary: 'Figures of the process, as Prometheus text',
		answer: { status: 200, description: 'Exposition format 0.0.4', contentType: 'text/plain' }
	}
];
