import { error } from '@sveltejs/kit';
import { parseId } from '#lib/layers/entity.ts';
import type { PageLoad } from './$types';

/** Nothing is asked of the server: the phone knows the place, also without a network. */
export const load: PageLoad = ({ params: { id } }) => {
	const parsed = parseId(id);
	if (!parsed) error(404);
	return { id, layer: parsed.layer };
};
