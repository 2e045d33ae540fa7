import { AppError } from '#lib/errors.ts';
import { problem } from '#server/web/problem.ts';
import { paraglideMiddleware } from '#lib/paraglide/server.js';
import type { Handle, HandleServerError } from '@sveltejs/kit';

/** Every request gets the services and a language; a write from another site gets no further. */
export const handle: Handle = async ({ event, resolve }) => {
	const services = event.platform?.req.services ?? globalThis.capitoulServices;
	if (!services) throw new Error('no services: start the app with server/main.ts');
	event.locals.services = services;
	return paraglideMiddleware(event.request, ({ request, locale }) => {
		event.request = request;
		return resolve(event, { transformPageChunk: ({ html }) => html.replace('%lang%', locale) });
	});
};

/** Anything not expected is a bug: logged once here, and the visitor is told nothing of it. */
export const handleError: HandleServerError = ({ error, event, status, message }) => {
	if (status !== 404)
		event.locals.services?.log.error(
			{ err: error, path: event.url.pathname },
			'unexpected failure'
		);
	return { message };
};
