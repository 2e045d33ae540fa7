import type { Locale } from '../../src/lib/text.ts';
import { MAX_PLAIN_BYTES } from './encrypt.ts';
import type { Waiting } from './queue.ts';

interface Said {
	notice: Waiting;
	topic: string | undefined;
	locale: Locale;
	/** Public origin; undefined: the page is told as a path, which the worker puts on its own. */
	origin: string | undefined;
}

/** The member whose value says « this is a declarative message » (RFC 8030 is Web Push). */
const MAGIC = 8030;

/**
 * A Declarative Web Push message: the browser that knows it shows it by itself, the worker reads the same for the others
 * (`src/service-worker/push.ts`). A text too long for one record is cut, never refused.
 */
export function messageOf({ notice, topic, locale, origin }: Said): Buffer {
	const write = (body: string) =>
		Buffer.from(
			JSON.stringify({
				web_push: MAGIC,
				notification: {
					title: notice.title[locale],
					body,
					lang: locale,
					navigate: origin === undefined ? notice.url : new URL(notice.url, origin).href,
					...(topic !== undefined && { tag: topic })
				}
			})
		);
	const whole = write(notice.body[locale]);
	if (whole.length <= MAX_PLAIN_BYTES) return whole;
	return write(`${[...notice.body[locale]].slice(0, 300).join('')}…`);
}
