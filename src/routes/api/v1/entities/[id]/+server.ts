import { AppError } from '#lib/errors.ts';
import { conditional } from '#server/web/conditional.ts';
import { oneFeatureJson } from '#server/web/entities.ts';
import type { RequestHandler } from './$types';

/** One thing of the city with its newest values, and how many messages of its device never came. */
export const GET: RequestHandler = ({ params, request, locals }) => {
	const { city, register } = locals.services;
	const entity = city.get(params.id);
	const layer = entity && register.get(entity.layer);
	if (!layer) throw new AppError('entity_unknown', 'no entity has this id, or it was removed');
	return conditional(request, {
		body: oneFeatureJson(layer, entity, Date.now()),
		contentType: 'application/geo+json'
	});
};
