import type { Layer } from '../../src/lib/layers/define-layer.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { topics } from '../../src/lib/topics.ts';
import { info, named } from './openapi.ts';
import {
	alertSchema,
	deadSchema,
	districtFiguresSchema,
	frameSchema,
	rawSchema,
	stateSchema,
	statusSchema,
	type JsonSchema
} from './schemas.ts';

interface Channel {
	/** Key of the channel, of its operation and, with a capital, of its message. */
	key: string;
	address: string;
	/** As seen from Capitoul. */
	action: 'send' | 'receive';
	summary: string;
	qos: 0 | 1;
	retain: boolean;
	schema: JsonSchema;
}

const PARAMETERS: Record<string, string> = {
	id: 'Short id of the entity: {layer}-{system}-{ref} in [a-z0-9-]',
	cell: 'Geohash of 6 characters',
	district: 'quartier-{1..20} or commune-{insee}',
	alert: 'Name of the alert, in [A-Za-z0-9._-]',
	service: '{name}-{instance}'
};

const ofLayer = (layer: Layer): Channel[] => [
	{
		key: named(layer, 'Raw'),
		address: topics.raw(layer.id, '{id}'),
		action: 'receive',
		summary: 'A patch from a device; an empty payload removes the entity',
		qos: 1,
		retain: false,
		schema: rawSchema(layer)
	},
	{
		key: named(layer, 'State'),
		address: topics.state(layer.id, '{id}'),
		action: 'send',
		summary: 'The merged entity; an empty payload: it is no more',
		qos: 1,
		retain: true,
		schema: stateSchema(layer)
	},
	{
		key: named(layer, 'Live'),
		address: topics.live(layer.id, '{cell}'),
		action: 'send',
		summary: 'The whole state of a cell, for phones',
		qos: 0,
		retain: true,
		schema: frameSchema(layer)
	},
	{
		key: named(layer, 'District'),
		address: topics.district(layer.id, '{district}'),
		action: 'send',
		summary:
			'Figures of a district over 15 minutes and an hour; an empty payload: it has no sensor',
		qos: 0,
		retain: true,
		schema: districtFiguresSchema
	},
	{
		key: named(layer, 'Dead'),
		address: topics.dead(layer.id),
		action: 'send',
		summary: 'A message that was refused, and why',
		qos: 0,
		retain: false,
		schema: deadSchema
	}
];

/** AsyncAPI's own schemas follow JSON Schema draft 07, where a tuple is written otherwise than in 2020-12. */
function draft07(schema: unknown): unknown {
	if (Array.isArray(schema)) return schema.map(draft07);
	if (typeof schema !== 'object' || schema === null) return schema;
	const entries = Object.entries(schema).map(([key, value]) => [key, draft07(value)]);
	const { prefixItems, items, ...rest } = Object.fromEntries(entries) as Record<string, unknown>;
	if (prefixItems === undefined) return { ...rest, ...(items !== undefined && { items }) };
	return { ...rest, items: prefixItems, ...(items !== undefined && { additionalItems: items }) };
}

/** The MQTT contract as AsyncAPI 3.0, made from the layers. `mqtt` is where phones connect. */
export function asyncapi(register: Register, mqtt: string) {
	const status: Channel = {
		key: 'ServiceStatus',
		address: topics.status('{service}', '').replace(/-(?=\/)/, ''),
		action: 'send',
		summary: 'Whether a service is up; said again every 5 s',
		qos: 1,
		retain: true,
		schema: statusSchema
	};
	const alert: Channel = {
		key: 'CityAlert',
		address: topics.alert('{alert}'),
		action: 'send',
		summary: 'An alert for the whole city, in the words of CAP 1.2; an empty payload takes it back',
		qos: 1,
		retain: true,
		schema: alertSchema
	};
	const deadAlert: Channel = {
		key: 'CityAlertDead',
		address: topics.dead('alert'),
		action: 'send',
		summary: 'A message of alert/ that was refused, and why',
		qos: 0,
		retain: false,
		schema: deadSchema
	};
	const all = [...register.all.flatMap(ofLayer), alert, deadAlert, status];
	const { protocol, host, pathname } = new URL(mqtt);
	const of = (make: (channel: Channel) => unknown) =>
		Object.fromEntries(all.map((channel) => [channel.key, make(channel)]));
	return {
		asyncapi: '3.0.0',
		info: { ...info, license: { name: info.license.name } },
		defaultContentType: 'application/json',
		servers: {
			phones: {
				host,
				pathname,
				protocol: protocol.slice(0, -1),
				description: 'MQTT 3.1.1 over WebSocket; without a name: read live topics only'
			}
		},
		channels: of(({ key, address, summary }) => ({
			address,
			description: summary,
			parameters: Object.fromEntries(
				[...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
					name,
					{ description: PARAMETERS[name] ?? name }
				])
			),
			messages: { [key]: { $ref: `#/components/messages/${key}` } }
		})),
		operations: of(({ key, action, summary, qos, retain }) => ({
			action,
			channel: { $ref: `#/channels/${key}` },
			summary,
			messages: [{ $ref: `#/channels/${key}/messages/${key}` }],
			bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } }
		})),
		components: {
			messages: of(({ key }) => ({
				name: key,
				payload: { $ref: `#/components/schemas/${key}` }
			})),
			schemas: of(({ schema }) => draft07(schema))
		}
	};
}
