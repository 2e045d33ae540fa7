import { categoryOf } from '../../src/lib/reports/categories.ts';
import type { ReportFeature } from '../../src/lib/reports/states.ts';
import { states } from '../../src/lib/reports/states.ts';
import { parseTime } from '../../src/lib/time.ts';
import type { Wanted } from '../reports/store.ts';
import { DAY_MS } from '../reports/view.ts';
import { Open311Error, type Value } from './answer.ts';

/** The most of one answer, and the most days it covers. */
export const MAX_PAGE = 1_000;
const MAX_DAYS = 90;

/** The filters of a list of requests. Throws 400 for one that cannot be read; an empty one counts as absent. */
export function wantedRequests(query: URLSearchParams, now: number): Wanted {
	const given = (name: string) => query.get(name)?.trim() || undefined;
	const several = (name: string) =>
		given(name)
			?.split(',')
			.map((one) => one.trim())
			.filter((one) => one !== '');
	const ids = several('service_request_id');
	if (ids) {
		if (ids.length > MAX_PAGE) throw new Open311Error(400, `at most ${MAX_PAGE} ids`);
		return { ids: ids.map((id) => id.toLowerCase()), limit: MAX_PAGE };
	}
	const page = whole(given('page'), 'page', 1, 1_000_000);
	const size = whole(given('page_size'), 'page_size', MAX_PAGE, MAX_PAGE);
	return {
		categories: several('service_code'),
		status: statusOf(several('status')),
		received: windowOf(given('start_date'), given('end_date'), now),
		limit: size,
		offset: (page - 1) * size
	};
}

function whole(text: string | undefined, name: string, standard: number, max: number): number {
	if (text === undefined) return standard;
	const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
	if (value < 1 || value > max)
		throw new Open311Error(400, `${name} must be a whole number from 1 to ${max}`);
	return value;
}

function statusOf(words: string[] | undefined): 'open' | 'closed' | undefined {
	const wanted = new Set(words?.map((word) => word.toLowerCase()));
	for (const word of wanted)
		if (word !== 'open' && word !== 'closed')
			throw new Open311Error(400, `status must be open or closed, not ${word}`);
	if (wanted.size !== 1) return undefined;
	return wanted.has('open') ? 'open' : 'closed';
}

function windowOf(start: string | undefined, end: string | undefined, now: number) {
	const read = (text: string | undefined, name: string) => {
		if (text === undefined) return undefined;
		const ms = parseTime(text.replace(/ (\d{2}:\d{2})$/, '+$1'));
		if (ms === undefined)
			throw new Open311Error(400, `${name} must be a date-time with its zone (ISO 8601)`);
		return ms;
	};
	const from = read(start, 'start_date');
	const to = read(end, 'end_date');
	const span = MAX_DAYS * DAY_MS;
	if (from !== undefined && to !== undefined) {
		if (to < from) throw new Open311Error(400, 'end_date is before start_date');
		if (to - from > span) throw new Open311Error(400, `at most ${MAX_DAYS} days may be asked for`);
	}
	// Whole seconds are published: a bound at a second takes that whole second in.
	const until = to ?? (from === undefined ? now : from + span);
	return { from: from ?? until - span, to: until + 999 };
}

/** A report as GeoReport tells it. */
export function toRequest(
	{ properties, geometry }: ReportFeature,
	origin: string,
	extended: boolean
): Value {
	const { state, reason } = properties;
	const [long = null, lat = null] = geometry?.coordinates ?? [];
	const category = categoryOf(properties.category);
	return {
		service_request_id: properties.id,
		status: properties.status,
		status_notes: reason ?? states[state].says.fr,
		service_name: category?.title.fr ?? properties.category,
		service_code: properties.category,
		description: properties.description || null,
		agency_responsible: properties.agency,
		service_notice: null,
		requested_datetime: properties.receivedAt,
		updated_datetime: properties.updatedAt,
		expected_datetime: properties.expectedAt,
		address: properties.address,
		address_id: null,
		zipcode: null,
		lat,
		long,
		media_url: properties.image === null ? null : `${origin}${properties.image}`,
		...(extended && {
			extended_attributes: { state, confirmations: properties.confirmations },
			attributes: Object.entries(properties.answers).map(([code, given]) => ({
				code,
				value: [given].flat().join(',')
			})),
			notes: (properties.timeline ?? []).map((event) => ({
				datetime: event.at,
				status: event.state,
				description: event.reason
			}))
		})
	};
}
