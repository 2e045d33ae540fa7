import type { ServerResponse } from 'node:http';

const OFF = [
	'accelerometer',
	'autoplay',
	'display-capture',
	'encrypted-media',
	'gyroscope',
	'magnetometer',
	'microphone',
	'midi',
	'payment',
	'picture-in-picture',
	'usb',
	'xr-spatial-tracking'
];

/**
 * The security headers every answer carries, static and prerendered files too. A page's own content policy comes from
 * SvelteKit (nonces for rendered pages, a meta tag for prerendered ones); the part a meta tag cannot say is here.
 */
export function securityHeaders(origin: string | undefined): Readonly<Record<string, string>> {
	return {
		'content-security-policy': "frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
		'x-content-type-options': 'nosniff',
		'x-frame-options': 'DENY',
		// Other sites are told nothing. Under « no-referrer » our own forms, too, would send `Origin: null` and be refused.
		'referrer-policy': 'same-origin',
		'cross-origin-opener-policy': 'same-origin',
		'permissions-policy': [
			'geolocation=(self)',
			'camera=(self)',
			...OFF.map((f) => `${f}=()`)
		].join(', '),
		// Said only where the public address is https: on plain http it means nothing, on localhost it would stick.
		...(origin?.startsWith('https:') && {
			'strict-transport-security': 'max-age=31536000'
		})
	};
}

/**
 * What caches do unless an answer says otherwise: keep it and ask each time whether it still holds. Right for pages, the
 * worker, the manifest, icons and city packs, whose names never change; hashed files say `immutable` themselves.
 */
export const DEFAULT_CACHE = 'no-cache';

export function setHeaders(res: ServerResponse, headers: Readonly<Record<string, string>>): void {
	for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}
