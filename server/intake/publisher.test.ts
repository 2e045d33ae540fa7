import { expect, test, vi } from 'vitest';
import type { Broker } from '../broker/port.ts';
import { Publisher } from './publisher.ts';

function start() {
	const sent: string[] = [];
	const broker = {
		publish: async (topic: string, payload: string | Buffer) =>
			void sent.push(`${topic} ${String(payload)}`)
	} as Broker;
	let version = 0;
	const publisher = new Publisher(broker, (id) => ({ topic: id, payload: `é${version}` }));
	return { publisher, sent, change: () => version++ };
}

test('in quiet times every change is told at once; under load what is superseded within a window is not, the last one is', async () => {
	vi.useFakeTimers();
	const { publisher, sent, change } = start();
	for (let i = 0; i < 3; i++) {
		change();
		publisher.add('a');
		await vi.advanceTimersByTimeAsync(1);
	}
	expect(sent).toEqual(['a é1', 'a é2', 'a é3']);
	for (let i = 0; i < 400; i++) publisher.add(`other-${i}`);
	for (let i = 0; i < 10; i++) {
		change();
		publisher.add('a');
		await vi.advanceTimersByTimeAsync(1);
	}
	expect(sent.filter((line) => line.startsWith('a ')).length).toBeLessThan(6);
	expect(publisher.has('a')).toBe(true);
	await vi.advanceTimersByTimeAsync(600);
	expect(sent.findLast((line) => line.startsWith('a '))).toBe('a é13');
	expect(publisher.waiting).toBe(0);
	publisher.close();
	vi.useRealTimers();
});

test('what it told last is known again when the broker sends it back', async () => {
	const { publisher, change } = start();
	change();
	publisher.add('a');
	await publisher.drained();
	expect(publisher.told('a', Buffer.from('é1'))).toBe(true);
	expect(publisher.told('a', Buffer.from('é2'))).toBe(false);
	expect(publisher.told('b', Buffer.from('é1'))).toBe(false);
	publisher.close();
});
