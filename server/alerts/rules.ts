import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import {
	MAX_RULES,
	RULE_ID,
	ruleSchema,
	watchable,
	type NamedRule
} from '../../src/lib/alerts/rule.ts';
import { AppError } from '../../src/lib/errors.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { parseId } from '../../src/lib/layers/entity.ts';
import type { Text } from '../../src/lib/text.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { Database } from '../database/database.ts';
import { readAs } from '../device/body.ts';
import { know } from '../device/seen.ts';

/** The rules of a device, in order of their names. */
export async function listRules({ db }: Database, device: string): Promise<NamedRule[]> {
	const rows = await db
		.selectFrom('alert_rules')
		.select(['id', 'rule'])
		.where('device', '=', device)
		.orderBy('id')
		.execute();
	return rows.map(({ id, rule }) => ({ id, ...v.parse(ruleSchema, JSON.parse(rule)) }));
}

/**
 * Keeps a rule under the name its device chose. The same rule again changes nothing, so that a phone may repeat what it is
 * not sure of; another one begins anew. Throws `body_invalid`, `layer_unknown`, `too_many_rules`.
 */
export async function putRule(
	{ db }: Database,
	register: Register,
	{ device, id, now }: { device: string; id: string; now: number },
	body: unknown
): Promise<NamedRule> {
	if (!RULE_ID.test(id)) throw new AppError('body_invalid', 'id: 1 to 64 of A-Z a-z 0-9 _ -');
	const rule = readAs(ruleSchema, body);
	const layer = register.get(parseId(rule.entity)?.layer ?? '');
	if (!layer) throw new AppError('layer_unknown', `entity: no layer has ${rule.entity}`);
	if (!watchable(layer).some(([name]) => name === rule.attribute))
		throw new AppError('body_invalid', `attribute: ${layer.id} has no number ${rule.attribute}`);
	const text = JSON.stringify(rule);
	await db.transaction().execute(async (tx) => {
		await know(tx, device, now);
		const kept = await tx
			.selectFrom('alert_rules')
			.select(['id', 'rule'])
			.where('device', '=', device)
			.execute();
		const before = kept.find((row) => row.id === id);
		if (before?.rule === text) return;
		if (!before && kept.length >= MAX_RULES)
			throw new AppError('too_many_rules', `a device has at most ${MAX_RULES} rules`);
		await tx.deleteFrom('alert_rules').where('device', '=', device).where('id', '=', id).execute();
		await tx
			.insertInto('alert_rules')
			.values({
				device,
				id,
				entity: rule.entity,
				rule: text,
				revision: randomUUID(),
				updated_at: now,
				since: null,
				fired_at: null,
				spent: 0,
				calm_since: null
			})
			.execute();
	});
	return { id, ...rule };
}

/** Removes a rule; one that is not there is removed already. */
export async function removeRule({ db }: Database, device: string, id: string): Promise<void> {
	await db.deleteFrom('alert_rules').where('device', '=', device).where('id', '=', id).execute();
}

/** One thing that fired, as `GET /api/v1/alerts` tells it. */
export interface Alert {
	id: string;
	rule: string;
	entity: string;
	at: string;
	title: Text;
	body: Text;
	value: number;
	url: string;
}

/** What fired for a device, newest first. */
export async function listAlerts(
	{ db }: Database,
	device: string,
	limit: number
): Promise<Alert[]> {
	const rows = await db
		.selectFrom('alert_log')
		.selectAll()
		.where('device', '=', device)
		.orderBy('at', 'desc')
		.limit(limit)
		.execute();
	return rows.map(({ id, rule, entity, at, title, body, value, url }) => ({
		id,
		rule,
		entity,
		at: formatTime(at),
		title: JSON.parse(title) as Text,
		body: JSON.parse(body) as Text,
		value,
		url
	}));
}
