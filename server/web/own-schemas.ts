import { cityWishSchema, ruleSchema } from '../../src/lib/alerts/rule.ts';
import { subscriptionSchema } from '../push/subscriptions.ts';
import { jsonSchema, type JsonSchema } from './schemas.ts';

const text: JsonSchema = {
	type: 'object',
	required: ['fr', 'en'],
	properties: { fr: { type: 'string' }, en: { type: 'string' } }
};
const string: JsonSchema = { type: 'string' };

/** What belongs to one device, as the published document names it. */
export const ownSchemas: Readonly<Record<string, JsonSchema>> = {
	PushKey: {
		type: 'object',
		required: ['publicKey'],
		properties: { publicKey: { type: 'string', description: 'A P-256 point, base64url' } }
	},
	PushSubscription: jsonSchema(subscriptionSchema),
	AlertRule: jsonSchema(ruleSchema),
	CityAlertWish: jsonSchema(cityWishSchema),
	AlertRules: {
		type: 'object',
		required: ['rules'],
		properties: {
			rules: {
				type: 'array',
				items: {
					allOf: [
						{ $ref: '#/components/schemas/AlertRule' },
						{ type: 'object', required: ['id'], properties: { id: string } }
					]
				}
			}
		}
	},
	Alerts: {
		type: 'object',
		required: ['alerts', 'push', 'city'],
		properties: {
			alerts: {
				type: 'array',
				items: {
					type: 'object',
					required: ['id', 'rule', 'entity', 'at', 'title', 'body', 'value', 'url'],
					properties: {
						id: string,
						rule: string,
						entity: string,
						at: { type: 'string', format: 'date-time' },
						title: text,
						body: text,
						value: { type: 'number' },
						url: string
					}
				}
			},
			push: {
				enum: ['none', 'active', 'renew'],
				description: 'How the subscription is; `renew`: subscribe again with the key of today'
			},
			city: {
				anyOf: [{ $ref: '#/components/schemas/CityAlertWish' }, { type: 'null' }],
				description:
					'Whether it is told of the alerts of the city, and its quiet hours; null: it is not'
			}
		}
	}
};
