import { expect, test } from 'vitest';
import { basicCredentials, readBody } from './body.ts';

const post = (body: BodyInit | null, headers = {}) =>
	new Request('http://x', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

test('a body is read whole up to its limit, an absent one is empty', async () => {
	expect((await readBody(post('vélo'), 5)).toString()).toBe('vélo');
	expect(await readBody(post(null), 5)).toHaveLength(0);
});

test('a body beyond its limit is refused before it is held, announced or not', async () => {
	const tooLarge = expect.objectContaining({ code: 'payload_too_large' }) as Error;
	await expect(readBody(post('x', { 'content-length': '99' }), 5)).rejects.toEqual(tooLarge);
	let sent = 0;
	const endless = new ReadableStream<Uint8Array>({
		pull(controller) {
			sent += 1024;
			controller.enqueue(new Uint8Array(1024));
		}
	});
	await expect(readBody(post(endless), 4096)).rejects.toEqual(tooLarge);
	expect(sent).toBeLessThan(16 * 1024);
});

test('user and password are read as UTF-8, colons belong to the password', () => {
	const header = `Basic ${Buffer.from('capteur-1:clé:secrète').toString('base64')}`;
	expect(basicCredentials(header)).toEqual({ user: 'capteur-1', password: 'clé:secrète' });
});

test.each([
	null,
	'',
	'Basic',
	'Basic !!!',
	'Bearer abc',
	`Basic ${btoa('nocolon')}`,
	`Basic ${btoa(':x')}`
])('%s names nobody', (header) =>
	expect(() => basicCredentials(header)).toThrow(
		expect.objectContaining({ code: 'credentials_missing' })
	)
);
