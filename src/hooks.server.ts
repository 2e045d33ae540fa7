import { building } from '$app/environment';
import { AppError } from '#lib/errors.ts';
import { m } from '#lib/paraglide/messages.js';
import { readTheme } from '#lib/ui/theme.ts';
import { paraglideMiddleware } from '#lib/paraglide/server.js';
import { afterWords } from '#server/web/after-words.ts';
import { asApi, isApi } from '#server/web/api.ts';
import { districtLinks } from '#server/web/district-links.ts';
import type { Handle, HandleServerError } from '@sveltejs/kit';

/** Every request gets the services and, where a person reads it, a language. Origins were checked before (`http.ts`). */
export const handle: Handle = async ({ event, resolve }) => {
	const { request, url, platform } = event;
	const services = platform?.req.services ?? globalThis.capitoulServices;
	if (services) event.locals.services = services;
	else if (!building) throw new Error('no services: start the app with server/main.ts');
	// A page that reads the API while it is rendered counts as one request, under its own name.
	if (platform && !event.isSubRequest) platform.req.route = event.route.id ?? 'unknown';

	if (isApi(url.pathname))
		return asApi(
			{ request, matched: event.route.id !== null, failure: () => event.locals.failure },
			() => resolve(event)
		);

	return paraglideMiddleware(request, async ({ request, locale }) => {
		event.request = request;
		const scripts: string[] = [];
		const response = await resolve(event, {
			preload: ({ type, path }) => {
				// A page made at build time is found by its script's hash; nothing is to be read on it before.
				if (type !== 'js' || building) return type !== 'font';
				scripts.push(path);
				return false;
			},
			transformPageChunk: ({ html }) => {
				const page = html
					.replace('%lang%', locale)
					.replace('%theme%', readTheme(request.headers.get('cookie') ?? ''))
					.replace('%districts%', () =>
						services && event.route.id === '/'
							? districtLinks(m.districts_title(), services.districts.all)
							: ''
					);
				return scripts.length > 0 ? afterWords(page, scripts) : page;
			}
		});
		return allowBroker(response, services?.config.mqtt.publicUrl);
	});
};

/** Pages may connect to a broker of another host only where the configuration names one. */
function allowBroker(response: Response, publicUrl: string | undefined): Response {
	const policy = response.headers.get('content-security-policy');
	if (policy && publicUrl !== undefined)
		response.headers.set(
			'content-security-policy',
			policy.replace("connect-src 'self'", `connect-src 'self' ${new URL(publicUrl).origin}`)
		);
	return response;
}

/**
 * An expected failure is kept for the answer (`asApi`). Anything else is a bug: logged once here, and the visitor is
 * told nothing of it.
 */
export const handleError: HandleServerError = ({ error, event, status, message }) => {
	if (error instanceof AppError) event.locals.failure = error;
	else if (status !== 404)
		event.locals.services?.log.error(
			{ err: error, path: event.url.pathname },
			'unexpected failure'
		);
	return { message };
};
