import type { RequestHandler } from './$types';

/** The process answers; whether it can serve is for `/readyz` to say. */
export const GET: RequestHandler = () =>
	Response.json({ status: 'alive' }, { headers: { 'cache-control': 'no-store' } });
