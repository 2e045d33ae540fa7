import { browser } from '$app/environment';

/**
 * What the API answered while the server made the page, read by a universal `load`. In the browser only the answer inlined
 * in the first HTML is read: nothing is asked again, so pages open with no network, and values come through `Live`.
 */
export async function inFirstHtml(
	fetch: typeof globalThis.fetch,
	path: string
): Promise<{ status: number; json: unknown } | undefined> {
	if (browser && !inlined(path)) return undefined;
	try {
		const answer = await fetch(path);
		return { status: answer.status, json: (await answer.json()) as unknown };
	} catch {
		return undefined; // the page is served without values rather than not at all
	}
}

const inlined = (path: string) =>
	document.querySelector(`script[data-sveltekit-fetched][data-url=${JSON.stringify(path)}]`) !==
	null;
