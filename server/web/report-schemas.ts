import { categories } from '../../src/lib/reports/categories.ts';
import { MAX_DESCRIPTION, MAX_PHOTOS } from '../../src/lib/reports/report.ts';
import { STATES } from '../../src/lib/reports/states.ts';
import type { JsonSchema } from './schemas.ts';

const text: JsonSchema = { type: 'string' };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const dateTime: JsonSchema = { type: 'string', format: 'date-time' };
const dateTimeOrNull: JsonSchema = { anyOf: [dateTime, { type: 'null' }] };
const both: JsonSchema = {
	type: 'object',
	required: ['fr', 'en'],
	properties: { fr: text, en: text }
};

const answers: JsonSchema = {
	type: 'object',
	description: 'By the code of a question of the category; several answers as an array',
	additionalProperties: { anyOf: [text, { type: 'array', items: text }] }
};

const category: JsonSchema = { enum: categories.map(({ id }) => id) };
const state: JsonSchema = { enum: STATES };

/** The `report` part of a report as a phone sends it. */
export const reportInputSchema: JsonSchema = {
	type: 'object',
	required: ['id', 'category', 'createdAt'],
	properties: {
		id: { type: 'string', description: 'A UUID made by the sender, also its Idempotency-Key' },
		category,
		answers,
		description: { type: 'string', maxLength: MAX_DESCRIPTION },
		location: {
			anyOf: [
				{
					type: 'object',
					required: ['lon', 'lat'],
					properties: {
						lon: { type: 'number', minimum: -180, maximum: 180 },
						lat: { type: 'number', minimum: -90, maximum: 90 }
					}
				},
				{ type: 'null' }
			]
		},
		address: { type: ['string', 'null'], maxLength: 300 },
		entity: {
			description: 'The place it was made from, with the values it showed',
			anyOf: [
				{
					type: 'object',
					required: ['id'],
					properties: { id: text, values: { type: 'object' } }
				},
				{ type: 'null' }
			]
		},
		contact: {
			description: 'Never published; erased some time after closing',
			anyOf: [
				{
					type: 'object',
					properties: { name: textOrNull, email: textOrNull, phone: textOrNull }
				},
				{ type: 'null' }
			]
		},
		createdAt: dateTime
	}
};

/** What is posted: the report and its photos. */
export const reportUploadSchema: JsonSchema = {
	type: 'object',
	required: ['report'],
	properties: {
		report: { $ref: '#/components/schemas/ReportInput' },
		photo: {
			type: 'array',
			maxItems: MAX_PHOTOS,
			items: {
				type: 'string',
				description: 'JPEG, PNG or WebP, at most 10 MB and 40 million pixels'
			}
		}
	}
};

export const reportAcceptedSchema: JsonSchema = {
	type: 'object',
	required: ['id', 'followToken', 'url'],
	properties: {
		id: text,
		followToken: { type: 'string', description: 'Opens /api/v1/reports/{id}/mine: keep it secret' },
		url: { type: 'string', description: 'Its public page, once it is checked' }
	}
};

const timeline: JsonSchema = {
	type: 'array',
	items: {
		type: 'object',
		required: ['at', 'kind', 'state', 'reason', 'expectedAt'],
		properties: {
			at: dateTime,
			kind: { enum: ['state', 'contested'] },
			state,
			reason: textOrNull,
			expectedAt: dateTimeOrNull
		}
	}
};

const properties: Record<string, JsonSchema> = {
	id: text,
	category,
	answers,
	description: text,
	address: textOrNull,
	entity: { type: ['object', 'null'] },
	state,
	status: { enum: ['open', 'closed'] },
	reason: textOrNull,
	expectedAt: dateTimeOrNull,
	receivedAt: dateTime,
	updatedAt: dateTime,
	closedAt: dateTimeOrNull,
	duplicateOf: textOrNull,
	agency: text,
	photos: { type: 'array', items: text, description: 'Paths' },
	image: { type: ['string', 'null'], description: 'Path of the first photo' },
	confirmations: { type: 'integer', minimum: 0 },
	contestUntil: dateTimeOrNull
};

/** One GeoJSON Feature of `/api/v1/reports`. */
export const reportSchema: JsonSchema = {
	type: 'object',
	required: ['type', 'id', 'geometry', 'properties'],
	properties: {
		type: { const: 'Feature' },
		id: text,
		geometry: { type: ['object', 'null'] },
		properties: {
			type: 'object',
			required: Object.keys(properties),
			properties: {
				...properties,
				timeline,
				visibility: {
					enum: ['unchecked', 'published', 'hidden'],
					description: 'Only among those of the device that asks'
				}
			}
		}
	}
};

export const reportsSchema: JsonSchema = {
	type: 'object',
	required: ['type', 'numberMatched', 'numberReturned', 'features'],
	properties: {
		type: { const: 'FeatureCollection' },
		numberMatched: { type: 'integer' },
		numberReturned: { type: 'integer' },
		features: { type: 'array', items: { $ref: '#/components/schemas/Report' } }
	}
};

const question: JsonSchema = {
	type: 'object',
	required: ['code', 'datatype', 'required', 'variable', 'order', 'description'],
	properties: {
		code: text,
		datatype: {
			enum: ['string', 'number', 'datetime', 'text', 'singlevaluelist', 'multivaluelist']
		},
		required: { type: 'boolean' },
		variable: { type: 'boolean', description: 'false: words to be read only' },
		order: { type: 'integer', minimum: 1 },
		description: both,
		hint: both,
		values: {
			type: 'array',
			items: {
				type: 'object',
				required: ['key', 'name'],
				properties: {
					key: text,
					name: both,
					advice: {
						type: 'object',
						description: 'Whom to call instead of sending a report',
						required: ['call', 'text'],
						properties: { call: text, text: both }
					}
				}
			}
		}
	}
};

export const reportCategoriesSchema: JsonSchema = {
	type: 'object',
	required: ['changed', 'categories'],
	properties: {
		changed: dateTime,
		categories: {
			type: 'array',
			items: {
				type: 'object',
				required: ['id', 'title', 'description', 'group', 'keywords', 'agency', 'questions'],
				properties: {
					id: text,
					title: both,
					description: both,
					group: both,
					keywords: { type: 'array', items: text },
					icon: text,
					agency: text,
					placeless: { type: 'boolean' },
					questions: { type: 'array', items: question }
				}
			}
		}
	}
};

/** Components of the document that belong to reports. */
export const reportComponents: Readonly<Record<string, JsonSchema>> = {
	ReportInput: reportInputSchema,
	ReportUpload: reportUploadSchema,
	ReportAccepted: reportAcceptedSchema,
	Report: reportSchema,
	Reports: reportsSchema,
	ReportCategories: reportCategoriesSchema,
	ReportAct: {
		type: 'object',
		required: ['counted'],
		properties: {
			counted: { type: 'boolean', description: 'false: this device had done it before' }
		}
	}
};
