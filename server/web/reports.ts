import { parseQuery, type Query } from '../../src/lib/query.ts';
import { isState, type ReportState, type ReportStatus } from '../../src/lib/reports/states.ts';
import { readReport } from '../reports/accept.ts';
import { deviceOf } from '../device/device.ts';
import { optionalDevice } from '../reports/device.ts';
import type { Reports } from '../reports/reports.ts';
import type { Wanted } from '../reports/store.ts';
import { jsonPart, MAX_UPLOAD_BYTES, readForm } from '../reports/upload.ts';
import { AppError } from '../../src/lib/errors.ts';
import { reportsParams } from './params.ts';

const DEFAULT_LIMIT = 200;

/** The `status` of a query: one of the two words for everything, or states one by one. */
export function statesOf(
	given: readonly (ReportState | ReportStatus)[] | undefined
): Pick<Wanted, 'status' | 'states'> {
	if (!given) return {};
	const open = given.includes('open');
	const closed = given.includes('closed');
	if (open && closed) return {};
	const states = given.filter((word): word is ReportState => isState(word));
	// « open,fixed » is rare: the wider word stands.
	if (open) return { status: 'open' };
	if (closed) return { status: 'closed' };
	return { states };
}

export const wantedOf = (query: Query<typeof reportsParams>): Wanted => ({
	bbox: query.bbox,
	categories: query.category,
	since: query.since,
	limit: query.limit ?? DEFAULT_LIMIT,
	...statesOf(query.status)
});

/** The answer of `GET /api/v1/reports`: a FeatureCollection, newest first. */
export async function reportsAnswer(
	reports: Reports,
	url: URL,
	request: Request
): Promise<{ body: string; own: boolean }> {
	const query = parseQuery(reportsParams, url);
	const own = query.mine === 'true';
	const device = own ? deviceOf(request) : undefined;
	const { features, matched } = await reports.list({ ...wantedOf(query), device });
	const body = JSON.stringify({
		type: 'FeatureCollection',
		numberMatched: matched,
		numberReturned: features.length,
		features
	});
	return { body, own };
}

/** Takes a report of a phone in: multipart with `report` (JSON) and up to three `photo`. */
export async function takeReport(reports: Reports, request: Request, address: string) {
	const device = optionalDevice(request);
	const key = request.headers
		.get('idempotency-key')
		?.trim()
		.replace(/^"(.*)"$/, '$1');
	return reports.room.read(request, MAX_UPLOAD_BYTES, async (body) => {
		const upload = await readForm(body, request.headers.get('content-type') ?? '');
		const report = readReport(jsonPart(upload, 'report'));
		if (key !== undefined && key.toLowerCase() !== report.id)
			throw new AppError('report_key_mismatch');
		const photos = upload.files
			.filter(({ name, bytes }) => name !== 'report' && bytes.length > 0)
			.map(({ bytes }) => bytes);
		return reports.submit({ report, photos, device, source: 'app' }, address);
	});
}
