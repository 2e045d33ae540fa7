import { alertsParams } from './alert-params.ts';
import type { Route } from './routes.ts';

const json = 'application/json';
/** What may be wrong with the body a device sends. */
const UNREADABLE = ['payload_too_large', 'payload_not_json', 'body_invalid'] as const;

/** Subscriptions, rules and what fired belong to one device; what the city warns of is everybody's. */
export const alertRoutes: readonly Route[] = [
	{
		method: 'get',
		path: '/api/v1/push/key',
		summary: 'The key a phone subscribes to Web Push with',
		answer: { status: 200, description: 'The key', contentType: json, schema: 'PushKey' },
		conditional: true
	},
	{
		method: 'put',
		path: '/api/v1/push/subscription',
		summary: 'Where this device can be reached: the PushSubscription of its browser',
		device: true,
		body: { contentType: json, schema: 'PushSubscription' },
		answer: { status: 204, description: 'Kept', contentType: json },
		errors: [
			'device_missing',
			...UNREADABLE,
			'endpoint_refused',
			'endpoint_unresolved',
			'origin_refused'
		]
	},
	{
		method: 'delete',
		path: '/api/v1/push/subscription',
		summary: 'This device is told nothing by push any more',
		device: true,
		answer: { status: 204, description: 'Removed', contentType: json },
		errors: ['device_missing', 'origin_refused']
	},
	{
		method: 'get',
		path: '/api/v1/city-alerts',
		summary: 'What the city warns of now, the worst first, in the words of CAP 1.2',
		answer: { status: 200, description: 'The alerts', contentType: json, schema: 'CityAlerts' },
		conditional: true
	},
	{
		method: 'put',
		path: '/api/v1/push/city-alerts',
		summary: 'This device wants to be told of the alerts of the city',
		device: true,
		body: { contentType: json, schema: 'CityAlertWish' },
		answer: { status: 200, description: 'As kept', contentType: json, schema: 'CityAlertWish' },
		errors: ['device_missing', ...UNREADABLE, 'origin_refused']
	},
	{
		method: 'delete',
		path: '/api/v1/push/city-alerts',
		summary: 'This device is told of its own rules only',
		device: true,
		answer: { status: 204, description: 'Removed', contentType: json },
		errors: ['device_missing', 'origin_refused']
	},
	{
		method: 'get',
		path: '/api/v1/alert-rules',
		summary: 'What this device wants to be warned of',
		device: true,
		answer: { status: 200, description: 'Its rules', contentType: json, schema: 'AlertRules' },
		errors: ['device_missing']
	},
	{
		method: 'put',
		path: '/api/v1/alert-rules/{id}',
		summary: 'Keeps a rule under a name the device chose',
		device: true,
		body: { contentType: json, schema: 'AlertRule' },
		answer: { status: 200, description: 'As kept', contentType: json, schema: 'AlertRule' },
		errors: ['device_missing', ...UNREADABLE, 'layer_unknown', 'too_many_rules', 'origin_refused']
	},
	{
		method: 'delete',
		path: '/api/v1/alert-rules/{id}',
		summary: 'Removes a rule',
		device: true,
		answer: { status: 204, description: 'Removed', contentType: json },
		errors: ['device_missing', 'origin_refused']
	},
	{
		method: 'get',
		path: '/api/v1/alerts',
		summary: 'What fired for this device, newest first',
		query: alertsParams,
		device: true,
		answer: { status: 200, description: 'The list', contentType: json, schema: 'Alerts' },
		errors: ['device_missing', 'query_invalid', 'limit_exceeded']
	},
	{
		method: 'delete',
		path: '/api/v1/device',
		summary: 'Erases everything kept of this device',
		device: true,
		answer: { status: 204, description: 'Erased', contentType: json },
		errors: ['device_missing', 'origin_refused']
	}
];
