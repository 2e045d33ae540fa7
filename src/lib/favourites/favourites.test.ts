import { expect, test, vi } from 'vitest';
import { Favourites } from './favourites.svelte.ts';
import { MAX_FAVOURITES, type Favourite } from './shelf.ts';

const place = (id: string): Favourite => ({ id, layer: 'bike', name: `Station ${id}` });

/** A phone's memory in a variable. */
function memory(start: readonly Favourite[] = []) {
	const shelf = {
		kept: start,
		read: () => Promise.resolve([...shelf.kept]),
		keep: (list: readonly Favourite[]) => {
			shelf.kept = list;
			return Promise.resolve();
		}
	};
	return shelf;
}

async function opened(shelf: ReturnType<typeof memory>) {
	const favourites = new Favourites(shelf);
	const stop = favourites.start();
	await favourites.loaded();
	return { favourites, stop };
}

test('what is kept is there at the next visit, in its order', async () => {
	const shelf = memory();
	const { favourites, stop } = await opened(shelf);
	for (const id of ['a', 'b', 'c']) await favourites.add(place(id));
	await favourites.move('c', -1);
	await favourites.move('c', -1);
	await favourites.move('c', -1); // already first
	stop();
	const next = await opened(shelf);
	expect(next.favourites.ids).toEqual(['c', 'a', 'b']);
	expect(next.favourites.has('b')).toBe(true);
	next.stop();
});

test('a place taken away and kept again stands where it stood', async () => {
	const { favourites, stop } = await opened(memory(['a', 'b', 'c'].map(place)));
	await favourites.remove('b');
	expect(favourites.ids).toEqual(['a', 'c']);
	expect(favourites.has('b')).toBe(false);
	await favourites.toggle(place('b'));
	expect(favourites.ids).toEqual(['a', 'b', 'c']);
	stop();
});

test('a star pressed before the memory answered does not write over what is kept', async () => {
	const shelf = memory([place('a')]);
	const favourites = new Favourites(shelf);
	const stop = favourites.start();
	await favourites.add(place('b'));
	expect(shelf.kept.map(({ id }) => id)).toEqual(['a', 'b']);
	stop();
});

test('the writes of a hurried finger follow each other', async () => {
	const shelf = memory();
	const slow = [30, 0];
	const { keep } = shelf;
	shelf.keep = async (list) => {
		await new Promise((resolve) => setTimeout(resolve, slow.shift()));
		return keep(list);
	};
	const { favourites, stop } = await opened(shelf);
	await Promise.all([favourites.add(place('a')), favourites.add(place('b'))]);
	expect(shelf.kept.map(({ id }) => id)).toEqual(['a', 'b']);
	stop();
});

test('a memory that is full is said, and the place stays for this visit', async () => {
	const shelf = memory();
	shelf.keep = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
	const { favourites, stop } = await opened(shelf);
	await favourites.add(place('a'));
	expect(favourites.trouble).toBe('memory');
	expect(favourites.ids).toEqual(['a']);
	stop();
});

test('a phone that keeps nothing has an empty list, and says so rather than wait', async () => {
	const shelf = memory();
	shelf.read = () => Promise.reject(new Error('no memory'));
	const { favourites, stop } = await opened(shelf);
	expect(favourites.ready).toBe(true);
	expect(favourites.ids).toEqual([]);
	stop();
});

test('the list has an end', async () => {
	const full = Array.from({ length: MAX_FAVOURITES }, (_, rank) => place(`p${rank}`));
	const { favourites, stop } = await opened(memory(full));
	await favourites.add(place('one-more'));
	expect(favourites.trouble).toBe('many');
	expect(favourites.ids).toHaveLength(MAX_FAVOURITES);
	stop();
});

test('another tab sees the change', async () => {
	const shelf = memory();
	const here = await opened(shelf);
	const there = await opened(shelf);
	await here.favourites.add(place('a'));
	await vi.waitFor(() => expect(there.favourites.ids).toEqual(['a']));
	here.stop();
	there.stop();
});
