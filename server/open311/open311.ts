import { AppError } from '../../src/lib/errors.ts';
import type { Bbox } from '../../src/lib/geo.ts';
import { MAX_REPORT_BYTES } from '../../src/lib/reports/report.ts';
import type { Log } from '../log.ts';
import { keyName } from '../reports/keys.ts';
import type { Reports } from '../reports/reports.ts';
import { MAX_UPLOAD_BYTES, readForm } from '../reports/upload.ts';
import { answer, Open311Error, type Format, type Value } from './answer.ts';
import { toRequest, wantedRequests } from './requests.ts';
import { checkJurisdiction, definition, discovery, services } from './services.ts';
import { toIncoming } from './submit.ts';

interface Deps {
	reports: Reports;
	/** The box reports are taken from. */
	area: Bbox;
	log: Log;
}

interface Asked {
	request: Request;
	/** What follows `/open311/`. */
	path: string;
	/** Public origin, for the addresses in answers. */
	origin: string;
	/** Who asks; counted, not kept. */
	address: string;
}

type Said = [root: string, value: Value];

/** Answers of GeoReport v2 and its discovery, in XML and JSON, from the same reports as everything else. */
export type Open311 = (asked: Asked) => Promise<Response>;

/** GeoReport v2 over reports (open311.md). */
export function createOpen311({ reports, area, log }: Deps): Open311 {
	const read = async (path: string, query: URLSearchParams, origin: string): Promise<Said> => {
		if (path === 'discovery' || path === 'v2/discovery') return ['discovery', discovery(origin)];
		const [version, resource, id, ...more] = path.split('/');
		if (version !== 'v2' || more.length > 0) throw nothing();
		checkJurisdiction(query.get('jurisdiction_id') ?? undefined);
		if (resource === 'services')
			return id === undefined ? ['services', services()] : ['service_definition', definition(id)];
		if (resource === 'requests') {
			const extended = query.get('extensions') === 'true';
			return ['service_requests', await requests(id, query, origin, extended)];
		}
		if (resource === 'tokens' && id !== undefined) {
			const known = await reports.exists(id.toLowerCase());
			if (!known) throw new Open311Error(404, `token ${id} was not found`);
			return ['service_requests', [{ service_request_id: id, token: id }]];
		}
		throw nothing();
	};

	const requests = async (
		id: string | undefined,
		query: URLSearchParams,
		origin: string,
		extended: boolean
	): Promise<Value> => {
		if (id !== undefined) {
			const one = await reports.one(id.toLowerCase()).catch((error: unknown) => {
				if (error instanceof AppError) throw new Open311Error(404, `request ${id} was not found`);
				throw error;
			});
			return [toRequest(one, origin, extended)];
		}
		const { features } = await reports.list(wantedRequests(query, reports.clock()));
		return features.map((feature) => toRequest(feature, origin, extended));
	};

	const write = async (
		{ request, path, address }: Asked,
		query: URLSearchParams
	): Promise<Said> => {
		if (path !== 'v2/requests') throw nothing();
		await reports.limits.check('guesses', address);
		const type = request.headers.get('content-type') ?? '';
		const max = /^multipart\//i.test(type.trim()) ? MAX_UPLOAD_BYTES : MAX_REPORT_BYTES;
		const incoming = await reports.room.read(request, max, async (body) => {
			const upload = await readForm(body, type);
			const given = (name: string) =>
				upload.fields.get(name)?.at(-1)?.trim() || query.get(name)?.trim() || undefined;
			const sender = await keyName(reports.database, given('api_key') ?? '');
			if (sender === undefined) {
				await reports.limits.count('guesses', address);
				throw new Open311Error(403, 'api_key is missing or not known');
			}
			checkJurisdiction(given('jurisdiction_id'));
			const repeat = request.headers.get('idempotency-key')?.trim().slice(0, 200) || undefined;
			return toIncoming({ upload, sender, repeat, area, now: reports.clock() });
		});
		const { id } = await reports.submit(incoming, incoming.source, 'partners');
		return [
			'service_requests',
			[
				{
					service_request_id: id,
					service_notice:
						'Le signalement est enregistré. Il sera public après vérification par la collectivité.',
					account_id: null
				}
			]
		];
	};

	return async (asked) => {
		const { request, origin } = asked;
		const { method } = request;
		const query = new URL(request.url).searchParams;
		const [, path = '', extension] =
			/^(.*)\.([a-z]+)$/.exec(asked.path.replace(/\/{2,}/g, '/').replace(/^\/|\/$/g, '')) ?? [];
		const format: Format = extension === 'json' ? 'json' : 'xml';
		const open = method !== 'POST';
		try {
			if (extension !== 'xml' && extension !== 'json') throw nothing();
			const [root, value] = open
				? await read(path, query, origin)
				: await write({ ...asked, path }, query);
			return answer(format, root, value, {
				open,
				...(!open && { headers: { 'cache-control': 'no-store' } })
			});
		} catch (error) {
			const failure = told(error);
			if (failure.status >= 500) log.warn({ err: error, path: asked.path }, 'open311');
			return answer(format, 'errors', [{ code: failure.code, description: failure.message }], {
				status: failure.status,
				open,
				headers: { 'cache-control': 'no-store', ...failure.headers }
			});
		}
	};
}

const nothing = () =>
	new Open311Error(404, 'nothing here: see /open311/discovery.xml for what there is');

/** Any failure in GeoReport's words; a bug says nothing of itself. */
function told(error: unknown): Open311Error {
	if (error instanceof Open311Error) return error;
	if (!(error instanceof AppError)) return new Open311Error(500, 'something went wrong here');
	const { code, detail, status, retryAfter = 5 } = error;
	const kept = [413, 429, 507].includes(status) ? status : status >= 500 ? 503 : 400;
	return new Open311Error(kept, detail, {
		code,
		...((kept === 429 || kept === 503) && { headers: { 'retry-after': String(retryAfter) } })
	});
}
