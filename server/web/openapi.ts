import { AppError, type ErrorCode } from '../../src/lib/errors.ts';
import type { Params } from '../../src/lib/query.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { VERSION } from '../lifecycle.ts';
import { ownSchemas } from './own-schemas.ts';
import { reportComponents } from './report-schemas.ts';
import { routes, type Route } from './routes.ts';
import {
	cityAlertsSchema,
	collectionSchema,
	districtHistorySchema,
	districtsSchema,
	featureSchema,
	gapsSchema,
	historySchema,
	layersSchema,
	packSchema,
	packsSchema,
	problemSchema,
	rawSchema,
	readySchema,
	typicalSchema,
	type JsonSchema
} from './schemas.ts';

export const info = {
	title: 'Capitoul',
	version: VERSION,
	description:
		'What the sensors of the city say now. Times are UTC, coordinates WGS84 `[lon, lat]`. Errors are problem documents (RFC 9457) with a stable `code`.',
	license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' }
};

export const named = (layer: Layer, what: string) =>
	`${layer.id.charAt(0).toUpperCase()}${layer.id.slice(1)}${what}`;

const component = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const anyLayer = (register: Register, what: string): JsonSchema => ({
	anyOf: register.all.map((layer) => component(named(layer, what)))
});

/** The HTTP contract as OpenAPI 3.1, made from the route table and the layers: a new layer is in it by being registered. */
export function openapi(register: Register) {
	const schemas: Record<string, JsonSchema> = {
		...ownSchemas,
		Problem: problemSchema,
		CityAlerts: cityAlertsSchema,
		Layers: layersSchema,
		Ready: readySchema,
		Packs: packsSchema,
		Pack: packSchema,
		History: historySchema,
		Typical: typicalSchema,
		Districts: districtsSchema,
		DistrictHistory: districtHistorySchema,
		Entity: anyLayer(register, 'Feature'),
		OneEntity: { allOf: [component('Entity'), gapsSchema] },
		Entities: collectionSchema(component('Entity')),
		...reportComponents
	};
	for (const layer of register.all) {
		schemas[named(layer, 'Feature')] = featureSchema(layer);
		schemas[named(layer, 'Raw')] = rawSchema(layer);
	}
	const paths: Record<string, Record<string, unknown>> = {};
	for (const route of routes)
		paths[route.path] = { ...paths[route.path], [route.method]: operation(route, register) };
	return {
		openapi: '3.1.0',
		info,
		servers: [{ url: '/' }],
		paths,
		components: {
			schemas,
			securitySchemes: {
				device: { type: 'http', scheme: 'basic', description: 'The id and password of a device' }
			}
		}
	};
}

function operation(route: Route, register: Register) {
	const { method, path, summary, answer, also } = route;
	const responses: Record<string, unknown> = {
		[answer.status]: {
			description: answer.description,
			...(route.conditional && {
				headers: {
					ETag: { schema: { type: 'string' } },
					'Cache-Control': { schema: { type: 'string' } }
				}
			}),
			...(answer.status !== 204 && {
				content: {
					[answer.contentType]: { schema: answer.schema ? component(answer.schema) : {} }
				}
			})
		},
		...(route.conditional && { 304: { description: 'Unchanged since the `If-None-Match` tag' } }),
		...(also && {
			[also.status]: {
				description: also.description,
				content: { 'application/json': { schema: component(also.schema) } }
			}
		}),
		...problems(errorsOf(route))
	};
	return {
		operationId: [method, ...path.split(/\W+/).filter((part) => part && part !== 'api')].join('_'),
		summary,
		parameters: [
			...pathParameters(path),
			...queryParameters(route.query ?? {}),
			...(route.device ? [deviceHeader] : [])
		],
		...(route.raw && {
			security: [{ device: [] }],
			requestBody: {
				required: false,
				description: 'The message, at most 64 KiB; empty to remove the entity',
				content: { 'application/json': { schema: anyLayer(register, 'Raw') } }
			}
		}),
		...(route.body && {
			requestBody: {
				required: true,
				content: { [route.body.contentType]: { schema: component(route.body.schema) } }
			}
		}),
		responses
	};
}

/** What is written without a credential is counted by address (`writes.ts`), whatever the route. */
const errorsOf = ({ method, raw, errors = [] }: Route): readonly ErrorCode[] =>
	method === 'get' || raw ? errors : [...new Set<ErrorCode>([...errors, 'too_many_requests'])];

const deviceHeader = {
	name: 'Capitoul-Device',
	in: 'header',
	description: 'The random secret of the device, at least 128 bits in base64url or hex',
	schema: { type: 'string', minLength: 22 }
};

const pathParameters = (path: string) =>
	[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
		name,
		in: 'path',
		required: true,
		schema: { type: 'string' }
	}));

const queryParameters = (params: Params) =>
	Object.entries(params).map(([name, { description, schema, example }]) => ({
		name,
		in: 'query',
		description,
		schema,
		...(example !== undefined && { example })
	}));

/** One answer per status, naming the codes it may carry. */
function problems(codes: readonly ErrorCode[]): Record<string, unknown> {
	const byStatus = Map.groupBy(codes, (code) => new AppError(code).status);
	return Object.fromEntries(
		[...byStatus].map(([status, among]) => [
			status,
			{
				description: among.map((code) => `\`${code}\`: ${new AppError(code).title}`).join('; '),
				content: { 'application/problem+json': { schema: component('Problem') } }
			}
		])
	);
}
