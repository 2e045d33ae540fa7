import { m } from '#lib/paraglide/messages.js';
import type { Locale } from '../text.ts';
import { runs, startOf, type Curve } from './curve.ts';
import type { Quantity } from './quantity.ts';
import type { Span } from './span.ts';
import type { Usual } from './usual.ts';
import { bucketWords, weekdayName } from './when.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const spanName = (span: Span, locale: Locale): string =>
	({
		day: m.history_span_day,
		week: m.history_span_week,
		month: m.history_span_month,
		year: m.history_span_year
	})[span]({}, { locale });

/** What is averaged over what, for somebody of twelve: the line, the band, and what a blank is where there is one. */
export function sentence(
	span: Span,
	curve: Curve,
	usual: Usual | undefined,
	locale: Locale,
	reach = 0
): string {
	const line = {
		day: m.history_line_day,
		week: m.history_line_week,
		month: m.history_line_month,
		year: m.history_line_year
	}[span]({ each: each(curve.step, locale) }, { locale });
	const band = usual
		? m.history_band_usual(
				{ weekday: weekdayName(usual.weekday, locale), weeks: usual.weeks },
				{ locale }
			)
		: m.history_band_range({}, { locale });
	// One reading a bucket makes a band of no height: there is none to speak of.
	const wide = usual ?? curve.n.some((_, i) => curve.min[i] !== curve.max[i]);
	const gap = runs(curve.mean, curve.step, reach).length > 1;
	return [line, ...(wide ? [band] : []), ...(gap ? [m.history_gap_note({}, { locale })] : [])].join(
		' '
	);
}

function each(step: number, locale: Locale): string {
	const minutes = step / MINUTE;
	if (step >= DAY) {
		const count = Math.round(step / DAY);
		return count === 1
			? m.history_each_day({}, { locale })
			: m.history_each_days({ count }, { locale });
	}
	if (minutes === 1) return m.history_each_minute({}, { locale });
	if (minutes === 15) return m.history_each_quarter({}, { locale });
	if (minutes === 30) return m.history_each_half({}, { locale });
	if (step < HOUR) return m.history_each_minutes({ count: minutes }, { locale });
	return step === HOUR
		? m.history_each_hour({}, { locale })
		: m.history_each_hours({ count: step / HOUR }, { locale });
}

/** The lowest and the highest reading and their buckets; undefined where there is none. */
export function extremes(
	curve: Curve
): { low: [number, number]; high: [number, number] } | undefined {
	let low: [number, number] | undefined;
	let high: [number, number] | undefined;
	curve.n.forEach((_, i) => {
		const [min, max] = [curve.min[i] ?? null, curve.max[i] ?? null];
		if (min !== null && (!low || min < low[0])) low = [min, i];
		if (max !== null && (!high || max > high[0])) high = [max, i];
	});
	return low && high && { low, high };
}

/** Over how long a change is one: shorter and a night would be a fall (ms). */
const TREND: Readonly<Record<Span, number>> = {
	day: HOUR,
	week: DAY,
	month: 7 * DAY,
	year: 30 * DAY
};

export type Trend = 'rising' | 'falling' | 'steady';

/**
 * Where it goes: the last hour of a day against the one before, the last day of a week, week of a month, month of a year.
 * A tenth of the whole range is a change. Undefined where either has no reading.
 */
export function trend(span: Span, { mean, step }: Pick<Curve, 'mean' | 'step'>): Trend | undefined {
	const size = Math.max(1, Math.round(TREND[span] / step));
	const end = mean.findLastIndex((value) => value !== null) + 1;
	const average = (from: number, to: number) => {
		const known = mean.slice(Math.max(0, from), Math.max(0, to)).filter((v) => v !== null);
		return known.length === 0 ? undefined : known.reduce((sum, v) => sum + v, 0) / known.length;
	};
	const [before, after] = [average(end - 2 * size, end - size), average(end - size, end)];
	if (before === undefined || after === undefined) return undefined;
	const known = mean.filter((value) => value !== null);
	const range = Math.max(...known) - Math.min(...known);
	if (Math.abs(after - before) <= range / 10) return 'steady';
	return after > before ? 'rising' : 'falling';
}

export function trendWords(span: Span, curve: Curve, locale: Locale): string {
	const found = trend(span, curve);
	if (!found) return '';
	const say = { rising: m.history_rising, falling: m.history_falling, steady: m.history_steady };
	return say[found]({}, { locale });
}

/** « De 3 à 17 vélos », or « Toujours 5 vélos ». */
export function rangeWords(low: number, high: number, as: Quantity, locale: Locale): string {
	if (as.figure(low) === as.figure(high))
		return m.history_flat({ value: as.phrase(high) }, { locale });
	return m.history_between({ low: as.figure(low), high: as.phrase(high) }, { locale });
}

/** The whole curve for somebody who does not see it: lowest, highest, when, and where it goes. */
export function summary(span: Span, curve: Curve, as: Quantity, locale: Locale): string {
	const found = extremes(curve);
	const name = spanName(span, locale);
	if (!found) return `${as.label}, ${name}. ${m.history_none({}, { locale })}`;
	const when = (i: number) => bucketWords(span, startOf(curve, i), curve.step, locale);
	const direction = trendWords(span, curve, locale);
	const told = m.history_summary(
		{
			label: as.label,
			span: name.toLocaleLowerCase(locale),
			low: as.phrase(found.low[0]),
			lowWhen: when(found.low[1]),
			high: as.phrase(found.high[0]),
			highWhen: when(found.high[1])
		},
		{ locale }
	);
	if (direction === '') return told;
	return `${told} ${direction.charAt(0).toLocaleUpperCase(locale)}${direction.slice(1)}.`;
}

/** The usual values at an instant, if any are known. */
export function usualAt(
	usual: Usual | undefined,
	t: number
): { low: number; high: number } | undefined {
	if (!usual) return undefined;
	const i = Math.floor((t - usual.from) / usual.step);
	const [low, high] = [usual.low[i] ?? null, usual.high[i] ?? null];
	return low === null || high === null ? undefined : { low, high };
}

/** One bucket in words: when and how much, then its range and what is usual then. */
export function bucketSentence(
	span: Span,
	curve: Curve,
	i: number,
	usual: Usual | undefined,
	as: Quantity,
	locale: Locale
): { first: string; then: string } {
	const t = startOf(curve, i);
	const when = bucketWords(span, t, curve.step, locale);
	const mean = curve.mean[i] ?? null;
	const [low, high] = [curve.min[i] ?? null, curve.max[i] ?? null];
	const habit = usualAt(usual, t);
	const then = [];
	if (low !== null && high !== null && as.figure(low) !== as.figure(high))
		then.push(m.history_from_to({ low: as.figure(low), high: as.figure(high) }, { locale }));
	if (habit)
		then.push(
			m.history_usually({ low: as.figure(habit.low), high: as.figure(habit.high) }, { locale })
		);
	const value = mean === null ? m.history_no_reading({}, { locale }) : as.phrase(mean);
	return { first: m.history_at({ when, value }, { locale }), then: then.join(', ') };
}
