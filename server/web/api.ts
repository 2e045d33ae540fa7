import { AppError } from '../../src/lib/errors.ts';
import { isSafe } from './origin.ts';
import { problem } from './problem.ts';

const MACHINE = /^\/(api(\/|$)|(healthz|readyz|metrics)$)/;

/** Whether a path is read by programs: its errors are problem documents, its language is fixed. */
export const isApi = (pathname: string): boolean => MACHINE.test(pathname);

/** Whether a browser asks for something to read, not a script or program for data. */
export const forPerson = (accept: string | null | undefined): boolean =>
	accept?.includes('text/html') === true;

interface Asked {
	request: Request;
	/** Whether a route has this path. */
	matched: boolean;
	/** What the route threw, where it was expected. */
	failure: () => AppError | undefined;
}

/**
 * Answers a request of the public API: whatever goes wrong is a problem document (RFC 9457), and any site may read what
 * is public. Writing across sites is not offered, so its preflight gets no permission.
 */
export async function asApi(
	{ request, matched, failure }: Asked,
	resolve: () => Response | Promise<Response>
): Promise<Response> {
	const { method, headers } = request;
	if (!matched) return problem(new AppError('not_found', 'no such path: see /api/v1/openapi.json'));
	if (method === 'OPTIONS') return preflight(headers);
	const response = await resolve();
	const expected = failure();
	if (expected) return problem(expected, retry(expected));
	if (response.status === 405)
		return problem(new AppError('method_not_allowed'), {
			allow: response.headers.get('allow') ?? ''
		});
	if (response.status === 500) return problem(new AppError('internal'));
	if (isSafe(method)) {
		response.headers.set('access-control-allow-origin', '*');
		response.headers.set('access-control-expose-headers', 'ETag, Retry-After');
	}
	return response;
}

/** When a refused sender may try again; the trouble is over within seconds or not at all. */
export const retry = ({ status, retryAfter = 5 }: AppError): Record<string, string> =>
	status === 429 || status === 503
		? { 'retry-after': String(retryAfter) }
		: status === 401
			? { 'www-authenticate': 'Basic realm="capitoul", charset="UTF-8"' }
			: {};

function preflight(headers: Headers): Response {
	const wanted = headers.get('access-control-request-method');
	const open = wanted === null || isSafe(wanted);
	return new Response(null, {
		status: 204,
		headers: {
			allow: 'GET, HEAD, OPTIONS',
			vary: 'Origin, Access-Control-Request-Method',
			...(open && {
				'access-control-allow-origin': '*',
				'access-control-allow-methods': 'GET, HEAD',
				// No wildcard: a foreign page must not add the headers by which proxies name us.
				'access-control-allow-headers': 'If-None-Match',
				'access-control-max-age': '86400'
			})
		}
	});
}
