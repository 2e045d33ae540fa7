import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { capSchema, cityAlertSchema } from '../../src/lib/city-alerts/alert.ts';
import { districtSchema } from '../../src/lib/districts/figures.ts';
import { urn } from '../../src/lib/layers/entity.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schema (2020-12) of a Valibot schema; a check JSON Schema has no word for is left out. */
export function jsonSchema(schema: GenericSchema): JsonSchema {
	const { $schema: _, ...rest } = toJsonSchema(schema, {
		target: 'draft-2020-12',
		typeMode: 'input',
		errorMode: 'ignore'
	});
	return rest;
}

const dateTime = (description: string): JsonSchema => ({
	type: 'string',
	format: 'date-time',
	description
});
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const line = (description: string): JsonSchema => ({ type: 'string', maxLength: 200, description });

const degrees = (most: number): JsonSchema => ({ type: 'number', minimum: -most, maximum: most });
const tuple = (...items: JsonSchema[]): JsonSchema => ({
	type: 'array',
	prefixItems: items,
	minItems: items.length,
	items: false
});

const pointOf = (coordinates: JsonSchema): JsonSchema => ({
	type: 'object',
	required: ['type', 'coordinates'],
	properties: {
		type: { const: 'Point' },
		coordinates: { ...coordinates, description: 'WGS84, longitude first' }
	}
});

const point = pointOf(tuple(degrees(180), degrees(90)));
/** Devices may give an altitude; it is not kept. */
const givenPoint = pointOf({ type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 3 });

const observedAt: JsonSchema = {
	type: 'object',
	additionalProperties: { type: 'string', format: 'date-time' },
	description: 'Time of each attribute that is older than dateObserved'
};

/** What each attribute of a layer may hold, in the contract's order, with its label and unit. */
export function attributeSchemas(layer: Layer): Record<string, JsonSchema> {
	const schemas: Record<string, JsonSchema> = {};
	for (const [name, { schema, label, unit, unitCode }] of Object.entries(layer.attributes))
		schemas[name] = {
			...orNull(jsonSchema(schema)),
			description: `${label.en}${unit && `, ${unit}`}; null: unknown`,
			'x-unitCode': unitCode
		};
	return schemas;
}

/** A patch as a device sends it on `raw/` or posts it. */
export const rawSchema = (layer: Layer): JsonSchema => ({
	type: 'object',
	required: ['dateObserved'],
	properties: {
		id: { type: 'string', description: `Short id, or ${urn(layer, `${layer.id}-{system}-{ref}`)}` },
		type: { const: layer.type },
		dateObserved: dateTime('When it was observed, with its zone'),
		name: orNull(line('How people call the place')),
		location: orNull(givenPoint),
		address: {
			anyOf: [
				line('One line'),
				{
					type: 'object',
					properties: {
						streetAddress: { type: 'string', maxLength: 200 },
						addressLocality: { type: 'string', maxLength: 200 }
					}
				},
				{ type: 'null' }
			]
		},
		source: orNull(line('Who measured it')),
		sequence: {
			...orNull({ type: 'integer', minimum: 0 }),
			description: '+ 1 per message of the device: a jump is a counted gap'
		},
		...attributeSchemas(layer)
	},
	description:
		'A patch: absent attributes keep their value; null makes one unknown; unknown attributes are dropped'
});

const gaps: JsonSchema = {
	type: 'integer',
	minimum: 0,
	description: 'Messages of its device that never came, by the jumps of their sequence'
};

/** What the Feature of one entity says besides those of a list. */
export const gapsSchema: JsonSchema = { type: 'object', required: ['gaps'], properties: { gaps } };

const kept = {
	dateObserved: dateTime('Newest time of any attribute'),
	receivedAt: dateTime('When the server took the last message'),
	simulated: { type: 'boolean', description: 'Invented by the simulator' },
	quality: { enum: ['ok', 'clock'], description: "clock: the device's clock was ahead" },
	observedAt
};

/** The merged entity as `state/` retains it. */
export const stateSchema = (layer: Layer): JsonSchema => ({
	type: 'object',
	required: ['id', 'type', 'dateObserved', 'receivedAt', 'simulated', 'quality'],
	properties: {
		id: { type: 'string', pattern: `^urn:ngsi-ld:${layer.type}:` },
		type: { const: layer.type },
		name: { type: 'string' },
		location: point,
		address: { type: 'string' },
		source: { type: 'string' },
		gaps,
		...kept,
		...attributeSchemas(layer)
	}
});

/** One GeoJSON Feature of `/api/v1/entities`. */
export const featureSchema = (layer: Layer): JsonSchema => {
	const properties: Record<string, JsonSchema> = {
		id: { type: 'string' },
		layer: { const: layer.id },
		name: orNull({ type: 'string' }),
		...attributeSchemas(layer),
		address: orNull({ type: 'string' }),
		source: orNull({ type: 'string' }),
		freshness: {
			enum: ['fresh', 'stale', 'dead'],
			description: `Of the attribute a list shows; fresh for ${layer.freshSeconds} s unless the attribute has its own rule`
		},
		...kept
	};
	return {
		type: 'object',
		required: ['type', 'id', 'geometry', 'properties'],
		properties: {
			type: { const: 'Feature' },
			id: { type: 'string' },
			geometry: orNull(point),
			properties: { type: 'object', required: Object.keys(properties), properties }
		}
	};
};

const epoch: JsonSchema = { type: 'integer', description: 'Seconds since 1970' };

/** A cell's whole state as phones get it on `live/`. */
export const frameSchema = (layer: Layer): JsonSchema => ({
	type: 'object',
	required: ['t', 'e'],
	properties: {
		t: epoch,
		e: {
			type: 'object',
			description: 'By short id: time of the entry, then the values in this order',
			additionalProperties: tuple(
				epoch,
				...Object.entries(attributeSchemas(layer)).map(([name, schema]) => ({
					title: name,
					anyOf: [
						schema,
						{
							...tuple(schema, epoch),
							description: 'A value older than its entry (a list of words is always wrapped so)'
						}
					]
				}))
			)
		},
		more: { const: true, description: 'The cell holds more than fits: read /api/v1/entities' }
	}
});

export const statusSchema: JsonSchema = {
	type: 'object',
	required: ['up'],
	properties: {
		up: { type: 'boolean' },
		since: dateTime('Start of the service'),
		t: dateTime('When this was said; older than 15 s means down'),
		version: { type: 'string' }
	}
};

export const deadSchema: JsonSchema = {
	type: 'object',
	required: ['topic', 'code', 'reason', 'payload'],
	properties: {
		topic: { type: 'string' },
		code: { type: 'string', description: 'Stable' },
		reason: { type: 'string', description: 'For a person' },
		payload: { type: 'string', description: 'As it came, cut at 2 KiB' }
	}
};

/** `alert/{id}`. */
export const alertSchema: JsonSchema = jsonSchema(capSchema);

/** What `GET /api/v1/city-alerts` answers. */
export const cityAlertsSchema: JsonSchema = {
	type: 'object',
	required: ['alerts'],
	properties: { alerts: { type: 'array', items: jsonSchema(cityAlertSchema) } }
};

/** RFC 9457 with a stable code. */
export const problemSchema: JsonSchema = {
	type: 'object',
	required: ['type', 'title', 'status', 'detail', 'code'],
	properties: {
		type: { type: 'string' },
		title: { type: 'string' },
		status: { type: 'integer' },
		detail: { type: 'string' },
		code: { type: 'string', description: 'Stable: programs key on it' }
	}
};

const packHead: Readonly<Record<string, JsonSchema>> = {
	name: { type: 'string', description: 'Id of the layer' },
	title: { type: 'string' },
	version: { type: 'string', description: 'Hash of the items: the same content, the same version' },
	bytes: { type: 'integer', description: 'Size of the items, uncompressed' },
	count: { type: 'integer' },
	updated: dateTime('When the source last changed the data, or when it was first seen so'),
	checked: dateTime('When the source was last read whole'),
	licence: { type: 'string' },
	attribution: { type: 'string' },
	source: { type: 'string', description: 'Where people read about the data' }
};

export const packsSchema: JsonSchema = {
	type: 'object',
	required: ['packs', 'absent'],
	properties: {
		packs: {
			type: 'array',
			items: { type: 'object', required: Object.keys(packHead), properties: packHead }
		},
		absent: {
			type: 'array',
			description: 'Layers without data, and why',
			items: {
				type: 'object',
				required: ['name', 'title', 'reason'],
				properties: {
					name: { type: 'string' },
					title: { type: 'string' },
					reason: { type: 'string' }
				}
			}
		}
	}
};

const packItems: JsonSchema = {
	type: 'array',
	items: {
		type: 'object',
		required: ['id', 'name', 'values'],
		properties: {
			id: { type: 'string' },
			name: { type: 'string' },
			location: tuple(degrees(180), degrees(90)),
			address: { type: 'string' },
			values: { type: 'object', description: 'By attribute of the layer; absent: not known' }
		}
	}
};

export const packSchema: JsonSchema = {
	type: 'object',
	description: 'With `items`, or with `since`, `added`, `changed` and `removed`',
	required: Object.keys(packHead),
	properties: {
		...packHead,
		items: packItems,
		since: { type: 'string' },
		added: packItems,
		changed: packItems,
		removed: { type: 'array', items: { type: 'string' } }
	}
};

export const layersSchema: JsonSchema = {
	type: 'object',
	required: ['mqtt', 'layers'],
	properties: {
		mqtt: { type: 'string', description: 'Where phones connect: MQTT 3.1.1 over WebSocket' },
		layers: {
			type: 'array',
			items: {
				type: 'object',
				required: 'id title kind type main live attributes freshSeconds count newest sources'.split(
					' '
				),
				properties: {
					id: { type: 'string' },
					title: { type: 'string' },
					kind: { enum: ['live', 'static'] },
					type: { type: 'string', description: 'NGSI-LD entity type' },
					main: { type: 'string', description: 'The attribute a list shows' },
					live: {
						type: 'array',
						items: { type: 'string' },
						description: 'Order of the values in a frame'
					},
					attributes: {
						type: 'array',
						items: {
							type: 'object',
							required: ['name', 'unit', 'unitCode', 'label'],
							properties: {
								name: { type: 'string' },
								unit: { type: 'string' },
								unitCode: { type: 'string', description: 'UN/CEFACT Recommendation 20' },
								label: { type: 'string' }
							}
						}
					},
					freshSeconds: { type: 'number' },
					count: { type: 'integer' },
					newest: orNull(dateTime('Newest dateObserved')),
					sources: {
						type: 'array',
						items: {
							type: 'object',
							required: ['id', 'licence', 'attribution', 'ok', 'since'],
							properties: {
								id: { type: 'string' },
								licence: { type: 'string' },
								attribution: { type: 'string' },
								ok: { type: ['boolean', 'null'], description: 'null: not asked yet' },
								since: orNull(dateTime('Since when it is so'))
							}
						}
					}
				}
			}
		}
	}
};

export const readySchema: JsonSchema = {
	type: 'object',
	required: ['status', 'checks'],
	properties: {
		status: { enum: ['starting', 'ready', 'degraded'] },
		checks: {
			type: 'array',
			items: {
				type: 'object',
				required: ['name', 'ok', 'since', 'detail'],
				properties: {
					name: { type: 'string' },
					ok: { type: 'boolean' },
					since: orNull(dateTime('Since when it is so')),
					detail: { type: ['string', 'null'] }
				}
			}
		}
	}
};

/** `/api/v1/entities`: `features` holds Features of any layer, which the caller names. */
export const collectionSchema = (feature: JsonSchema): JsonSchema => ({
	type: 'object',
	required: ['type', 'numberMatched', 'numberReturned', 'cursor', 'next', 'features'],
	properties: {
		type: { const: 'FeatureCollection' },
		numberMatched: { type: 'integer' },
		numberReturned: { type: 'integer' },
		cursor: {
			type: ['string', 'null'],
			description: 'Give it to `since` to get what arrived after; null with `at`'
		},
		next: { type: ['string', 'null'], description: 'Path and query of the next page' },
		reset: {
			type: 'boolean',
			description:
				'With `since`: true where the cursor could not be honoured and this is everything'
		},
		removed: {
			type: 'array',
			items: { type: 'string' },
			description: 'With `since`: ids that are no more'
		},
		features: { type: 'array', items: feature }
	}
});

const column = (description: string): JsonSchema => ({
	type: 'array',
	items: { type: ['number', 'null'] },
	description
});
const counts = (description: string): JsonSchema => ({
	type: 'array',
	items: { type: 'integer', minimum: 0 },
	description
});

/** One series over a range, in columns. */
export const historySchema: JsonSchema = {
	type: 'object',
	required: ['entity', 'attribute', 'unit', 't0', 'step', 'store', 'mean', 'min', 'max', 'n'],
	properties: {
		entity: { type: 'string' },
		attribute: { type: 'string' },
		unit: { type: 'string' },
		t0: dateTime('Start of the first bucket'),
		step: {
			type: 'number',
			description:
				'Seconds: bucket i begins at t0 + i × step; steps of days begin at local midnight'
		},
		store: { enum: ['sqlite', 'influx'] },
		mean: column('null is a gap'),
		min: column('null is a gap'),
		max: column('null is a gap'),
		n: counts('Readings of each bucket; their sum is the number of readings of the range')
	}
};

/** What a week usually looks like. */
export const typicalSchema: JsonSchema = {
	type: 'object',
	required: ['tz', 'weeks', 'n', 'p10', 'p50', 'p90'],
	properties: {
		tz: { type: 'string' },
		weeks: { type: 'integer', description: 'How far back readings go, at most 8' },
		n: counts('672 quarters of an hour from Monday 00:00: in how many weeks each was seen'),
		p10: column('10th percentile of the means of that quarter; null: never seen'),
		p50: column('Median'),
		p90: column('90th percentile')
	}
};

/** Payload of `district/{layer}/{districtId}`. */
export const districtFiguresSchema: JsonSchema = {
	...jsonSchema(districtSchema),
	description:
		'Both windows end at `t` (epoch, s), which they hold; PT15M begins just after 15 minutes before, PT1H after an hour before'
};

/** The same columns for all sensors of a layer in a district. */
export const districtHistorySchema: JsonSchema = {
	...historySchema,
	required: [
		'district',
		'layer',
		'attribute',
		'unit',
		't0',
		'step',
		'store',
		'mean',
		'min',
		'max',
		'n'
	],
	properties: {
		...(historySchema['properties'] as JsonSchema),
		entity: false,
		district: { type: 'string' },
		layer: { type: 'string' }
	}
};

/** The districts of the city. */
export const districtsSchema: JsonSchema = {
	type: 'object',
	required: ['type', 'numberReturned', 'features'],
	properties: {
		type: { const: 'FeatureCollection' },
		numberReturned: { type: 'integer', minimum: 0 },
		features: {
			type: 'array',
			items: {
				type: 'object',
				required: ['type', 'id', 'geometry', 'properties'],
				properties: {
					type: { const: 'Feature' },
					id: { type: 'string', pattern: '^(quartier-\\d+|commune-[0-9AB]{5})$' },
					geometry: {
						type: 'object',
						description:
							'MultiPolygon, simplified to about 30 m; Point where only the centre is known'
					},
					properties: {
						type: 'object',
						required: ['id', 'name', 'center', 'approximate', 'layers'],
						properties: {
							id: { type: 'string' },
							name: { type: 'string' },
							center: tuple(degrees(180), degrees(90)),
							approximate: { type: 'boolean' },
							layers: { type: 'object', additionalProperties: districtFiguresSchema }
						}
					}
				}
			}
		}
	}
};
