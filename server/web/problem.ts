import type { AppError } from '../../src/lib/errors.ts';

/** An error as RFC 9457 says it: `code` is stable, `detail` is for a person. Extra headers tell when to try again. */
export function problem(error: AppError, headers: Record<string, string> = {}): Response {
	const { code, title, detail, status } = error;
	return new Response(JSON.stringify({ type: 'about:blank', title, status, detail, code }), {
		status,
		headers: {
			'content-type': 'application/problem+json',
			'cache-control': 'no-store',
			'access-control-allow-origin': '*',
			...headers
		}
	});
}
