import { build, files, prerendered, version } from '$service-worker';
import type { WorkboxPlugin } from 'workbox-core';
import { matchPrecache, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkFirst, StaleWhileRevalidate } from 'workbox-strategies';
import { KEPT_HEADER } from '../lib/live/city-api.ts';
import { OPEN_REPORTS } from '../lib/reports/open-reports.ts';
import { networkThenShell } from './navigation.ts';
import { sendOnSync } from './outbox.ts';
import { handlePush } from './push.ts';
import { plan, type Manifest } from './plan.ts';

const sw = self as unknown as ServiceWorkerGlobalScope;

// Kit's list of the build says nothing of what imports what; the client's manifest, written just before this worker is
// built, does. Without it (never in a build) all is fetched at once.
const [manifest] = Object.values(
	import.meta.glob<Manifest>('../../.svelte-kit/output/client/.vite/manifest.json', {
		eager: true,
		import: 'default'
	})
);
const parts = manifest ? plan(manifest) : undefined;
const laterFiles = new Set(parts?.later.map((file) => `/${file}`));
const first = build.filter((url) => !laterFiles.has(url));
const later = build.filter((url) => laterFiles.has(url));
/** The drawn city and its names. Not in the precache, which would fetch them again at each release. */
const city = files.filter((url) => url.startsWith('/city/') || url === '/icons/capitoul.svg');

const LATER = 'capitoul-later';
const CITY = 'capitoul-city';
const API = 'capitoul-api';
const WHOLE_ANSWERS = new Set(['/api/v1/layers', '/api/v1/entities', '/api/v1/districts']);

precacheAndRoute([
	...first.map((url) => ({ url, revision: null })), // their names are their contents' hashes
	...prerendered.map((url) => ({ url, revision: version }))
]);

/** Only what went well is kept. */
const cacheable: WorkboxPlugin = {
	cacheWillUpdate: async ({ response }) => (response.status === 200 ? response : null)
};

registerRoute(
	({ url, sameOrigin }) => sameOrigin && laterFiles.has(url.pathname),
	new CacheFirst({ cacheName: LATER, plugins: [cacheable] })
);

registerRoute(
	({ url, sameOrigin }) => sameOrigin && city.includes(url.pathname),
	new StaleWhileRevalidate({ cacheName: CITY, plugins: [cacheable] })
);

// The last whole answers, for whoever asks without a network. Those of a view, of a former hour or since a cursor are
// never asked twice.
registerRoute(
	({ url, sameOrigin }) =>
		sameOrigin &&
		(WHOLE_ANSWERS.has(url.pathname) || url.pathname + url.search === OPEN_REPORTS) &&
		!url.searchParams.has('since') &&
		!url.searchParams.has('at') &&
		!url.searchParams.has('bbox'),
	new NetworkFirst({
		cacheName: API,
		plugins: [
			cacheable,
			{
				// Marked, or a page would take it for the server's word and believe itself online.
				cachedResponseWillBeUsed: async ({ cachedResponse }) => {
					if (!cachedResponse) return undefined;
					const headers = new Headers(cachedResponse.headers);
					headers.set(KEPT_HEADER, 'true');
					return new Response(cachedResponse.body, { status: cachedResponse.status, headers });
				}
			}
		]
	})
);

registerRoute(
	new NavigationRoute(
		networkThenShell(() => matchPrecache('/shell')),
		{
			denylist: [
				/^\/(api|open311|gbfs|ngsi-ld)\//,
				/^\/(mqtt|healthz|readyz|metrics)$/,
				/\.[a-z0-9]+$/ // a file opened by its address is that file
			]
		}
	)
);

sw.addEventListener('install', (event) => {
	// Asked with their ETag: one that did not change since the last release is not sent again.
	event.waitUntil(keep(CITY, city, 'no-cache').catch(() => {}));
});

sw.addEventListener('activate', (event) => {
	event.waitUntil(
		Promise.all([
			sw.clients.claim(),
			sw.registration.navigationPreload?.enable(),
			forget(LATER, laterFiles),
			forget(CITY, new Set(city))
		])
	);
});

sw.addEventListener('message', (event) => {
	const { type } = (event.data ?? {}) as { type?: unknown };
	// Only a person's click brings a new version: nothing changes under their finger.
	if (type === 'SKIP_WAITING') event.waitUntil(sw.skipWaiting());
	if (type === 'FETCH_LATER')
		event.waitUntil(
			Promise.allSettled([keep(LATER, later, 'default'), keep(API, [OPEN_REPORTS], 'no-cache')])
		);
});

sendOnSync(sw);
handlePush(sw);

/** Puts what is not there yet into a cache; with `no-cache` also asks anew for what is. */
async function keep(name: string, urls: readonly string[], mode: RequestCache): Promise<void> {
	const cache = await caches.open(name);
	for (const url of urls) {
		if (mode === 'default' && (await cache.match(url))) continue;
		const response = await fetch(url, { cache: mode });
		if (response.ok) await cache.put(url, response);
	}
}

/** Removes from a cache what this version no longer has. */
async function forget(name: string, kept: ReadonlySet<string>): Promise<void> {
	const cache = await caches.open(name);
	for (const request of await cache.keys())
		if (!kept.has(new URL(request.url).pathname)) await cache.delete(request);
}
