import type { RequestHandler } from './$types';

/** GeoReport v2 and its discovery: one door, because the extension chooses the format of every answer. */
const handle: RequestHandler = ({ params, request, url, locals, getClientAddress }) => {
	const { open311, config } = locals.services;
	return open311({
		request,
		path: params.path,
		origin: config.origin ?? url.origin,
		address: getClientAddress()
	});
};

export const GET = handle;
export const POST = handle;
