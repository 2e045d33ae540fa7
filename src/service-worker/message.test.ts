import { expect, test } from 'vitest';
import { messageOf } from '../../server/push/message.ts';
import { readMessage } from './message.ts';

const text = (value: string) => ({ fr: value, en: `${value} (en)` });

test('the worker shows what the server wrote', () => {
	const sent = messageOf({
		notice: { title: text('Capitole'), body: text('2 vélos'), url: '/lieu/bike-toulouse-1?a=b' },
		topic: 't1',
		locale: 'en',
		origin: 'https://capitoul.example'
	});
	expect(readMessage(sent.toString('utf8'))).toMatchObject({
		title: 'Capitole (en)',
		options: {
			body: '2 vélos (en)',
			lang: 'en',
			tag: 't1',
			data: { url: '/lieu/bike-toulouse-1?a=b' }
		}
	});
});

test('a text longer than a push service takes is cut, not lost', () => {
	const sent = messageOf({
		notice: { title: text('x'), body: text('é'.repeat(5_000)), url: '/' },
		topic: undefined,
		locale: 'fr',
		origin: undefined
	});
	expect(sent.length).toBeLessThan(4_000);
	expect(readMessage(sent.toString('utf8')).options.body).toMatch(/^é{300}…$/);
});

test('whatever comes is shown, and leads nowhere but to a page of this app', () => {
	for (const strange of [
		undefined,
		'',
		'x',
		'{}',
		'null',
		'[]',
		'{"web_push":8030}',
		'{"web_push":8030,"notification":7}'
	])
		expect(readMessage(strange)).toMatchObject({
			title: 'Capitoul',
			options: { data: { url: '/alertes' } }
		});
	const led = (navigate: unknown): string =>
		readMessage(JSON.stringify({ web_push: 8030, notification: { title: 't', navigate } })).options
			.data.url;
	expect(led('https://evil.example/lieu/x')).toBe('/lieu/x');
	expect(led('//evil.example//evil.example/')).toBe('/evil.example/');
	expect(led('javascript:alert(1)')).toBe('/alertes');
	expect(led('data:text/html,x')).toBe('/alertes');
	expect(led(7)).toBe('/alertes');
});
