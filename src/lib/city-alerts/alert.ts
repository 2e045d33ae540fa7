import * as v from 'valibot';
import type { Locale } from '../text.ts';
import { parseTime } from '../time.ts';

/** From the worst to the least: CAP 1.2, 3.2.2, in its order. */
export const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Said to whoever asked, also in their quiet hours. */
export const wakes = (severity: Severity): boolean =>
	severity === 'Extreme' || severity === 'Severe';

/** More at once nobody reads. */
export const MAX_ALERTS = 50;
export const MAX_ALERT_BYTES = 16 * 1024;
/** CAP leaves to each reader how long an alert without `expires` stands. */
const DAY_MS = 24 * 3_600_000;

/** The `{id}` of `alert/{id}`. */
export const ALERT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const text = (most: number) => v.pipe(v.string(), v.nonEmpty(), v.maxLength(most));
const line = text(200);
const time = v.pipe(
	v.string(),
	v.check((given) => parseTime(given) !== undefined, 'must be a date-time with its zone')
);

/** One language of an alert. */
const infoSchema = v.object({
	language: v.optional(v.pipe(v.string(), v.maxLength(35))),
	category: v.pipe(v.array(line), v.maxLength(12)),
	event: line,
	urgency: v.picklist(['Immediate', 'Expected', 'Future', 'Past', 'Unknown']),
	severity: v.picklist(SEVERITIES),
	certainty: v.picklist(['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown']),
	effective: v.optional(time),
	onset: v.optional(time),
	expires: v.optional(time),
	senderName: v.optional(line),
	headline: v.optional(line),
	description: v.optional(text(4_000)),
	instruction: v.optional(text(4_000)),
	/** Only an address one may follow. */
	web: v.optional(
		v.pipe(
			v.string(),
			v.regex(/^https?:\/\/\S+$/i),
			v.maxLength(500),
			v.check((web) => URL.canParse(web), 'must be an address')
		)
	),
	area: v.optional(
		v.pipe(
			v.array(
				v.object({
					areaDesc: line,
					geocode: v.optional(
						v.pipe(v.array(v.object({ valueName: line, value: line })), v.maxLength(50))
					)
				})
			),
			v.maxLength(60)
		),
		[]
	)
});
export type Info = v.InferOutput<typeof infoSchema>;

/** `alert/{id}`: the words of the Common Alerting Protocol 1.2, as JSON. What it does not name is left out. */
export const capSchema = v.object({
	identifier: line,
	sender: line,
	sent: time,
	status: v.picklist(['Actual', 'Exercise', 'System', 'Test', 'Draft']),
	msgType: v.picklist(['Alert', 'Update', 'Cancel', 'Ack', 'Error']),
	scope: v.picklist(['Public', 'Restricted', 'Private']),
	info: v.pipe(v.array(infoSchema), v.maxLength(10))
});

/** An alert and the name of its topic. */
export const cityAlertSchema = v.object({
	id: v.pipe(v.string(), v.regex(ALERT_ID)),
	...capSchema.entries
});
export type CityAlert = v.InferOutput<typeof cityAlertSchema>;

/** When it ends by itself, ms: the last of its texts, or a day after it was sent. */
export function endsAt({ sent, info }: Pick<CityAlert, 'sent' | 'info'>): number {
	const ends = info.map(({ expires }) => (expires === undefined ? undefined : parseTime(expires)));
	return Math.max(
		...ends.map((end) => end ?? sentAt({ sent }) + DAY_MS),
		ends.length === 0 ? sentAt({ sent }) : -Infinity
	);
}

export const sentAt = ({ sent }: Pick<CityAlert, 'sent'>): number => parseTime(sent) ?? 0;

/** Since when it holds, ms. */
export function beganAt({ sent, info }: Pick<CityAlert, 'sent' | 'info'>): number {
	const { onset, effective } = info[0] ?? {};
	return parseTime(onset ?? effective ?? sent) ?? sentAt({ sent });
}

/** Whether people are to see it: a true one, for everybody, neither taken back nor over. An exercise is none. */
export function stands(alert: CityAlert, now: number): boolean {
	const { status, msgType, scope, info } = alert;
	return (
		status === 'Actual' &&
		scope === 'Public' &&
		(msgType === 'Alert' || msgType === 'Update') &&
		info.length > 0 &&
		endsAt(alert) > now
	);
}

const worst = ({ info }: CityAlert) =>
	Math.min(...info.map(({ severity }) => SEVERITIES.indexOf(severity)));

export const severityOf = (alert: CityAlert): Severity => SEVERITIES[worst(alert)] ?? 'Unknown';

/** Those that stand, the worst first, then the newest. */
export const standing = (alerts: Iterable<CityAlert>, now: number): CityAlert[] =>
	[...alerts]
		.filter((alert) => stands(alert, now))
		.sort((a, b) => worst(a) - worst(b) || sentAt(b) - sentAt(a) || (a.id < b.id ? -1 : 1))
		.slice(0, MAX_ALERTS);

/** Its text in this language, or in the one it has. CAP without a language says en-US; our city speaks French. */
export function infoFor({ info }: CityAlert, locale: Locale): Info | undefined {
	return info.find(({ language = 'fr' }) => language.toLowerCase().startsWith(locale)) ?? info[0];
}

export const titleOf = ({ headline, event }: Info): string => headline ?? event;

const listSchema = v.object({ alerts: v.array(v.unknown()) });

/** What `GET /api/v1/city-alerts` answered, or what was kept of it; one that is none is left out. Throws where it is no list. */
export const readList = (json: unknown): CityAlert[] =>
	v.parse(listSchema, json).alerts.flatMap((alert) => {
		const parsed = v.safeParse(cityAlertSchema, alert);
		return parsed.success ? [parsed.output] : [];
	});
