import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { BigAnswers } from './big-answers.ts';

const big = (text: string) => ({ body: text.repeat(80_000), etag: `W/"${text}"` });

test('an answer is made once per version, and compressed once for all who ask', async () => {
	const answers = new BigAnswers();
	const make = vi.fn(() => big('vélo'));
	const first = answers.get('?layer=bike', '1', make);
	const second = answers.get('?layer=bike', '1', make);
	expect(make).toHaveBeenCalledTimes(1);
	const br = await answers.pack(first, 'gzip, deflate, br');
	expect(br?.encoding).toBe('br');
	expect(brotliDecompressSync(br?.bytes ?? '').toString()).toBe(first.body);
	expect((await answers.pack(second, 'br'))?.bytes).toBe(br?.bytes);
	const zip = await answers.pack(second, 'gzip, br;q=0');
	expect(gunzipSync(zip?.bytes ?? '').toString()).toBe(first.body);
	expect(await answers.pack(second, 'identity')).toBeUndefined();
	expect(await answers.pack(second, null)).toBeUndefined();
});

test('a new version is made again; the same content keeps its compressed form, another does not', async () => {
	const answers = new BigAnswers();
	const packed = async (version: string, text: string) =>
		(
			await answers.pack(
				answers.get('', version, () => big(text)),
				'br'
			)
		)?.bytes;
	const first = await packed('1', 'a');
	expect(await packed('2', 'a')).toBe(first);
	const other = await packed('3', 'b');
	expect(brotliDecompressSync(other ?? '').toString()).toBe(big('b').body);
});

test('small answers are never kept, and no number of questions keeps more than a few', () => {
	const answers = new BigAnswers();
	const small = vi.fn(() => ({ body: 'x', etag: 'W/"x"' }));
	answers.get('small', '1', small);
	answers.get('small', '1', small);
	expect(small).toHaveBeenCalledTimes(2);
	const make = vi.fn(() => big('a'));
	for (let n = 0; n < 100; n++) answers.get(`?n=${n}`, '1', make);
	answers.get('?n=0', '1', make);
	expect(make).toHaveBeenCalledTimes(101);
});
