import { clockTime, date, moment } from '../live/words.ts';
import { m } from '#lib/paraglide/messages.js';
import { startOfDay } from '../time.ts';
import { beganAt, severityOf, type CityAlert, type Info, type Severity } from './alert.ts';

const SEVERITY: Readonly<Record<Severity, () => string>> = {
	Extreme: m.city_alert_extreme,
	Severe: m.city_alert_severe,
	Moderate: m.city_alert_moderate,
	Minor: m.city_alert_minor,
	Unknown: m.city_alert_unknown
};

/** « Alerte modérée, depuis 14 h 02. Source : Capitoul » */
export const summary = (alert: CityAlert, info: Info, now: number): string =>
	m.city_alert_line({
		severity: SEVERITY[severityOf(alert)](),
		since: moment(beganAt(alert), now),
		source: info.senderName ?? alert.sender
	});

/** An instant to come: « 14 h 02 » today, « le 3 mars à 9 h 05 ». */
export const until = (ms: number, now: number): string =>
	ms < startOfDay(now, 1)
		? clockTime(ms)
		: m.live_on_date_at({ date: date(ms, now), time: clockTime(ms) });

/** A district that is only named by its id, as the sensors' own alerts do. */
export function areaName(areaDesc: string): string {
	const [, number] = /^quartier-(\d+)$/.exec(areaDesc) ?? [];
	if (number !== undefined) return m.city_alert_district({ number });
	return /^commune-\d+$/.test(areaDesc) ? m.district_commune() : areaDesc;
}
