import type { Config } from '../config.ts';

/** Who a push service may write to when something goes wrong (RFC 8292, 2.1): as given, else the address of the app. */
export function subjectOf({ push, origin }: Pick<Config, 'push' | 'origin'>): string {
	if (push.subject !== undefined) return push.subject;
	// Apple refuses a local address; but where there is no public https origin, no phone can subscribe either.
	return origin?.startsWith('https:') ? origin : 'mailto:capitoul@localhost.localdomain';
}
