interface Asked {
	/** `Origin` header, null or undefined where absent. */
	origin: string | null | undefined;
	/** `Host` of the request, as the visitor's browser sent it. */
	host: string | null | undefined;
	/** `Sec-Fetch-Site`, where the browser says it. */
	site?: string | null | undefined;
}

/**
 * Whether a write or an upgrade comes from our own pages or from no browser at all (CONTRACT 3): `Origin` is absent,
 * equals the public origin, or names the request's own `Host`. A browser that hides its origin but says it comes from
 * another site is refused; so is `Origin: null`, which any sandboxed frame can send.
 */
export function ownOrigin({ origin, host, site }: Asked, ours: string | undefined): boolean {
	if (origin === null || origin === undefined) return site !== 'cross-site';
	if (origin === ours) return true;
	if (!host || !HOST.test(host) || !/^https?:\/\//.test(origin) || !URL.canParse(origin))
		return false;
	const { protocol, host: named } = new URL(origin);
	// Through URL so that a default port counts as written.
	const own = `${protocol}//${host}`;
	return URL.canParse(own) && new URL(own).host === named;
}

// Nothing by which a URL could end up naming another host than the one written.
const HOST = /^[^/?#@\\\s]+$/;

/** Methods that change nothing: they need no origin. */
export const isSafe = (method: string) =>
	method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
