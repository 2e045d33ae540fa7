import { PREFIX } from '../../src/lib/topics.ts';

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';

/** The n-th cell of a made-up city: six letters, as a geohash. */
export function cell(n: number): string {
	let rest = n;
	let word = '';
	for (let i = 0; i < 3; i++) {
		word += ALPHABET[rest % 32] ?? '0';
		rest = Math.floor(rest / 32);
	}
	return `spc${word}`;
}

/** What a phone subscribes: the first cell is everybody's, the others are those around a place of its own. */
export const filtersOf = (phone: number, count: number) =>
	Array.from({ length: count }, (_, i) =>
		i === 0
			? `${PREFIX}/live/+/${cell(0)}`
			: `${PREFIX}/live/+/${cell(1 + ((phone * 7 + i) % 1_500))}`
	);

/** A message whose first eight bytes say when it was sent. */
export function message(bytes = 200): Buffer {
	const payload = Buffer.alloc(bytes, 'x');
	payload.writeDoubleBE(performance.timeOrigin + performance.now(), 0);
	return payload;
}

export const BUSY_TOPIC = `${PREFIX}/live/bike/${cell(0)}`;
