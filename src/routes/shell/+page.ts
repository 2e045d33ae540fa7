// What the service worker answers with, at any address, when there is no network: an empty page that starts the app there.
export const prerender = true;
export const ssr = false;
