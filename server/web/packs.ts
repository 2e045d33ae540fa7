import { AppError } from '../../src/lib/errors.ts';
import { inside, type Bbox } from '../../src/lib/geo.ts';
import type { PackAnswer } from '../../src/lib/packs/item.ts';
import { placeOf, type FixedPlace } from '../../src/lib/packs/fixed.ts';
import { isOver } from '../../src/lib/packs/over.ts';
import type { Locale } from '../../src/lib/text.ts';
import type { Services } from '../city/services.ts';
import { BigAnswers } from './big-answers.ts';
import { conditional, etagOf } from './conditional.ts';

type Known = Pick<Services, 'packs'>;

interface Asked {
	since?: string | undefined;
	version?: string | undefined;
	lang?: Locale | undefined;
}

const YEAR = 'public, max-age=31536000, immutable';

// Everybody asks for the same dozen files: their compressed forms are kept.
const big = new BigAnswers();

/** The answer of `GET /api/v1/packs/{name}`: kept for ever where the version that stands was asked for by name. */
export async function packAnswer(
	{ packs }: Known,
	name: string,
	{ since, version, lang = 'fr' }: Asked,
	request: Request
): Promise<Response> {
	const head = packs.heads(lang).find((known) => known.name === name);
	if (!head) throw new AppError('pack_unknown');
	const make = (answer: PackAnswer) => {
		const body = JSON.stringify(answer);
		return { body, etag: etagOf(body) };
	};
	const kept =
		since === undefined
			? big.get(`${name} ${lang}`, `${head.version} ${head.checked}`, () =>
					make(packs.answer(name, undefined, lang))
				)
			: undefined;
	const { body, etag } = kept ?? make(packs.answer(name, since, lang));
	const pack = kept && (() => big.pack(kept, request.headers.get('accept-encoding')));
	return conditional(request, {
		body,
		etag,
		...(pack && { pack }),
		...(since === undefined && version === head.version && { cacheControl: YEAR })
	});
}

const MAX_FIXED = 500;

/** Places of these static layers inside a box, for the first HTML of the list; what is over is left out. */
export function fixedPlaces(
	{ packs }: Known,
	layers: readonly string[],
	box: Bbox,
	now: number
): FixedPlace[] {
	const wanted = new Set(layers);
	return packs
		.heads()
		.filter(({ name }) => wanted.has(name))
		.flatMap((head) =>
			packs
				.items(head.name)
				.filter(
					({ location, values }) =>
						location !== undefined && inside(location, box) && !isOver(values, now)
				)
				.map((item) => placeOf(head, item))
		)
		.slice(0, MAX_FIXED);
}

/** One static place, or undefined where there is none of that id. */
export function fixedPlace({ packs }: Known, id: string): FixedPlace | undefined {
	const found = packs.find(id);
	return found && placeOf(found.head, found.item);
}
