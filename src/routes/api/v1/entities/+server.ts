import { parseQuery } from '#lib/query.ts';
import { BigAnswers } from '#server/web/big-answers.ts';
import { conditional } from '#server/web/conditional.ts';
import { entitiesAnswer } from '#server/web/entities.ts';
import { entitiesParams } from '#server/web/params.ts';
import { pastAnswer } from '#server/web/history.ts';
import type { RequestHandler } from './$types';

// Answers of public data, the same for everybody: no visitor's state is shared by keeping them.
const answers = new BigAnswers();

/** The things of the city: their newest values by layer and box, what changed since an answer, or how they were. */
export const GET: RequestHandler = async ({ url, request, locals, isSubRequest }) => {
	const { at, ...query } = parseQuery(entitiesParams, url);
	const now = Date.now();
	const contentType = 'application/geo+json';
	if (at !== undefined)
		return conditional(request, {
			...(await pastAnswer(locals.services, { ...query, at }, now)),
			contentType
		});
	// Freshness turns with time, to the second.
	const version = `${locals.services.city.cursor} ${Math.floor(now / 1000)}`;
	const key = JSON.stringify(query);
	const answer = answers.get(key, version, () => entitiesAnswer(locals.services, query, now));
	// A page that is being rendered reads the text itself.
	const accepted = isSubRequest ? null : request.headers.get('accept-encoding');
	return conditional(request, {
		body: answer.body,
		etag: answer.etag,
		contentType,
		pack: () => answers.pack(answer, accepted)
	});
};
