import type { RouteHandlerCallback } from 'workbox-core';

/** Longer than this and the last values, already on the phone, are the better answer. */
const PATIENCE_MS = 3_000;

/**
 * A page comes from the server while it answers; else the shell, which shows at any address what the phone knows. A gateway
 * whose app is down (502 to 504) is no answer; a page that does not exist, or a bug, is.
 */
export function networkThenShell(
	shell: () => Promise<Response | undefined>,
	patience = PATIENCE_MS
): RouteHandlerCallback {
	return async ({ event, request }) => {
		const { preloadResponse } = event as FetchEvent;
		const network = Promise.resolve(preloadResponse as Promise<Response | undefined> | undefined)
			.then((preloaded) => preloaded ?? fetch(request))
			.then((response) => (response.status < 502 || response.status > 504 ? response : undefined))
			.catch(() => undefined);
		const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience));
		const answer = (await Promise.race([network, late])) ?? (await shell());
		// Without a shell (its cache was emptied by the system) waiting is all that is left.
		return answer ?? (await network) ?? Response.error();
	};
}
