import * as v from 'valibot';
import { DEVICE_HEADER, deviceSecret } from '../offline/device.ts';
import { parseTime } from '../time.ts';
import { cityWishSchema, ruleSchema, type NamedRule, type Rule } from './rule.ts';

/** Longer than this and « no network » is the better answer. */
const PATIENCE_MS = 8_000;

const text = v.object({ fr: v.string(), en: v.string() });
const time = v.pipe(
	v.string(),
	v.transform((given) => parseTime(given)),
	v.number()
);

/** Something that fired, as the list shows it and the phone keeps it. */
export const firedSchema = v.object({
	id: v.string(),
	rule: v.string(),
	entity: v.string(),
	at: time,
	title: text,
	body: text,
	// A page of ours: whatever the answer says, nothing leads elsewhere.
	url: v.pipe(v.string(), v.regex(/^\/(?!\/)/))
});
export type Fired = v.InferOutput<typeof firedSchema>;

/** Whether this phone is told of the city's alerts, and its quiet hours; null: it is not. */
export const citySchema = v.optional(v.nullable(cityWishSchema), null);

const rulesSchema = v.object({
	rules: v.array(v.object({ id: v.string(), ...ruleSchema.entries }))
});
const alertsSchema = v.object({
	alerts: v.array(firedSchema),
	push: v.picklist(['none', 'active', 'renew']),
	city: citySchema
});
export type PushState = v.InferOutput<typeof alertsSchema>['push'];

/** What the server refused, by its stable code; or that it was not reached at all. */
export class Refused extends Error {
	readonly code: string;
	constructor(code: string) {
		super(code);
		this.code = code;
	}
}

/** Asks our server as this phone. Throws `Refused`: `offline` where no answer came. */
async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
	const secret = await deviceSecret().catch(() => {
		throw new Refused('no_memory');
	});
	const response = await fetch(`/api/v1/${path}`, {
		method,
		headers: {
			[DEVICE_HEADER]: secret,
			...(body !== undefined && { 'content-type': 'application/json' })
		},
		...(body !== undefined && { body: JSON.stringify(body) }),
		signal: AbortSignal.timeout(PATIENCE_MS)
	}).catch(() => {
		throw new Refused('offline');
	});
	if (response.status === 204) return undefined;
	const answer = (await response.json().catch(() => undefined)) as unknown;
	if (response.ok) return answer;
	const { code } = (answer ?? {}) as { code?: unknown };
	// A gateway whose app is down is as good as no network.
	throw new Refused(
		typeof code === 'string' ? code : response.status >= 502 ? 'offline' : 'internal'
	);
}

export const readRules = async (): Promise<NamedRule[]> =>
	v.parse(rulesSchema, await ask('GET', 'alert-rules')).rules;

export const readAlerts = async (): Promise<v.InferOutput<typeof alertsSchema>> =>
	v.parse(alertsSchema, await ask('GET', 'alerts'));

export const putRule = (id: string, rule: Rule) => ask('PUT', `alert-rules/${id}`, rule);
export const removeRule = (id: string) => ask('DELETE', `alert-rules/${id}`);
/** Without a language its notices keep the one they had. */
export const putSubscription = (subscription: PushSubscriptionJSON, locale?: string) =>
	ask('PUT', 'push/subscription', { ...subscription, locale });
export const removeSubscription = () => ask('DELETE', 'push/subscription');
export const putCityWish = (quiet: Rule['quiet']) => ask('PUT', 'push/city-alerts', { quiet });
export const removeCityWish = () => ask('DELETE', 'push/city-alerts');
export const eraseDevice = () => ask('DELETE', 'device');

/** The key to subscribe with. Throws `Refused`. */
export async function readKey(): Promise<string> {
	const answer = await ask('GET', 'push/key');
	return v.parse(v.object({ publicKey: v.string() }), answer).publicKey;
}
