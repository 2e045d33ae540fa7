import type { Attribute } from '../layers/define-layer.ts';
import { windowStart } from './hours.ts';
import { clears, holds, type Rule } from './rule.ts';

/** How far a rule is; kept over a restart. Times are ms. */
export interface Watch {
	/** Since when what it asks holds without a break. */
	since: number | null;
	firedAt: number | null;
	/** It fired, and what it asks has not clearly ended since. */
	spent: boolean;
	/** Since when what it asks does not hold, while spent. */
	calmSince: number | null;
}

export const UNTOUCHED: Watch = { since: null, firedAt: null, spent: false, calmSince: null };

/** One number as the stream says it, and how long it may be believed. Times are ms. */
export interface Reading {
	value: number;
	observed: number;
	freshUntil: number;
}

/** However the value dances: two alerts of one rule are so far apart at least. */
export const PAUSE_MS = 30 * 60_000;
/** So long on the near side of the margin also ends an event: some thresholds have no clear other side. */
const CALM_MS = 30 * 60_000;

/**
 * What a reading does to a rule. `before` is the reading taken last: silence longer than its freshness breaks a run, for
 * nobody knows what was in between.
 */
export function take(
	rule: Rule,
	watch: Watch,
	attribute: Attribute,
	reading: Reading,
	before: Reading | undefined
): Watch {
	const { value, observed } = reading;
	if (holds(rule, value)) {
		const broken = before !== undefined && before.freshUntil < observed;
		const since = watch.since === null || broken ? observed : watch.since;
		return same(watch, { ...watch, since, calmSince: null });
	}
	const calmSince = watch.spent ? (watch.calmSince ?? observed) : null;
	const over =
		clears(rule, value, attribute) || (calmSince !== null && observed - calmSince >= CALM_MS);
	return same(watch, {
		...watch,
		since: null,
		spent: watch.spent && !over,
		calmSince: over ? null : calmSince
	});
}

/** Whether the rule fires now, by its last reading. `watch` is as `take` left it. */
export function fires(rule: Rule, watch: Watch, last: Reading, now: number): boolean {
	const { since, firedAt, spent } = watch;
	if (rule.paused || since === null || last.freshUntil < now || !holds(rule, last.value))
		return false;
	if (now < since + rule.forMinutes * 60_000) return false;
	const opened = windowStart(rule, rule.days, now);
	if (opened === undefined) return false;
	if (firedAt === null) return true;
	// « Every morning, if there are few »: a new window is a new question, even where nothing changed overnight.
	const asked = rule.from !== rule.to && firedAt < opened;
	return (asked || !spent) && now - firedAt >= PAUSE_MS;
}

/** The rule has told. */
export const fired = (watch: Watch, now: number): Watch => ({
	...watch,
	firedAt: now,
	spent: true,
	calmSince: null
});

const same = (a: Watch, b: Watch): Watch =>
	a.since === b.since && a.spent === b.spent && a.calmSince === b.calmSince ? a : b;
