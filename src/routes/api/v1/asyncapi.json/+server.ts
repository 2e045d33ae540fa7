import { asyncapi } from '#server/web/asyncapi.ts';
import { conditional } from '#server/web/conditional.ts';
import { mqttUrl } from '#server/web/layers.ts';
import type { RequestHandler } from './$types';

/** The MQTT contract, made from the layers. */
export const GET: RequestHandler = ({ url, request, locals }) => {
	const { register, config } = locals.services;
	return conditional(request, {
		body: JSON.stringify(asyncapi(register, mqttUrl(config, url.origin))),
		cacheControl: 'public, max-age=300'
	});
};
