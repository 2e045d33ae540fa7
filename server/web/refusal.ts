import type { IncomingMessage } from 'node:http';
import type { AppError } from '../../src/lib/errors.ts';
import type { Text } from '../../src/lib/text.ts';
import { forPerson, isApi, retry } from './api.ts';
import { problem } from './problem.ts';

/** What is refused before any page or route sees it. */
const WORDS: Readonly<Record<string, Text>> = {
	origin_refused: {
		fr: 'Elle ne vient pas d’une page de Capitoul. Rien n’a changé.',
		en: 'This request does not come from a page of Capitoul. Nothing has changed.'
	},
	too_many_requests: {
		fr: 'Trop de demandes sont venues de votre réseau. Rien n’a changé : réessayez dans une heure.',
		en: 'Your network has sent too many requests. Nothing has changed: try again in an hour.'
	}
};

/** The answer to a request that is refused at the door: in words where a browser shows it, else the code and its document. */
export function refusal({ url = '/', headers }: IncomingMessage, error: AppError): Response {
	const words = forPerson(headers.accept) && !isApi(url) ? WORDS[error.code] : undefined;
	if (!words) return problem(error, retry(error));
	return new Response(page(words), {
		status: error.status,
		headers: {
			...retry(error),
			'content-type': 'text/html; charset=utf-8',
			'cache-control': 'no-store'
		}
	});
}

const page = ({ fr, en }: Text) => `<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Demande refusée – Capitoul</title>
<h1>Demande refusée</h1>
<p>${fr}</p>
<p lang="en">${en}</p>
<p><a href="/">Capitoul</a></p>
</html>
`;
