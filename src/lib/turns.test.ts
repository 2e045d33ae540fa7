import { expect, test } from 'vitest';
import { breathe, inTurn } from './turns.ts';

/** Some milliseconds of work. */
function busy(): void {
	const end = performance.now() + 3;
	while (performance.now() < end);
}

test('works are done in order, a few at a time, and one taken back never', async () => {
	const done: number[] = [];
	const takeBack = [...Array(10).keys()].map((one) =>
		inTurn(() => {
			busy();
			done.push(one);
		})
	);
	takeBack[4]?.();
	expect(done).toEqual([]);
	await breathe();
	expect(done.length).toBeLessThan(9);
	while (done.length < 9) await breathe();
	expect(done).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9]);
});

test('a work that fails does not keep the others waiting', async () => {
	const failures: unknown[] = [];
	const catcher = (error: unknown) => failures.push(error);
	process.once('uncaughtException', catcher);
	const done: string[] = [];
	inTurn(() => {
		throw new Error('broken');
	});
	inTurn(() => done.push('next'));
	while (done.length === 0 || failures.length === 0) await breathe();
	expect(done).toEqual(['next']);
});
