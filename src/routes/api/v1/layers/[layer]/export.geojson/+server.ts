import { parseQuery } from '#lib/query.ts';
import { exportAnswer } from '#server/web/history.ts';
import { exportParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** Every reading of a layer in a range, streamed as GeoJSON. */
export const GET: RequestHandler = ({ params, url, locals }) =>
	exportAnswer(locals.services, 'geojson', params.layer, parseQuery(exportParams, url), Date.now());
