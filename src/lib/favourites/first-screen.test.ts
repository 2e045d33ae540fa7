import { expect, test, vi } from 'vitest';

vi.mock('$app/navigation', () => ({ goto: () => Promise.resolve() }));
vi.mock('$app/paths', () => ({ resolve: (path: string) => path }));
const { firstScreen } = await import('./first-screen.ts');

const opening = { address: '/', how: 'navigate', fromUs: false, begun: false, favourites: 1 };

test('« Mes lieux » comes first once there is one', () => {
	expect(firstScreen(opening)).toBe('/mes-lieux');
	expect(firstScreen({ ...opening, favourites: 0 })).toBeUndefined();
});

test('who asked for a view, came back, reloaded or followed a link of ours gets that page', () => {
	expect(firstScreen({ ...opening, address: '/?lat=43.6&lon=1.44&z=15' })).toBeUndefined();
	expect(firstScreen({ ...opening, address: '/lieu/bike-1' })).toBeUndefined();
	expect(firstScreen({ ...opening, how: 'reload' })).toBeUndefined();
	expect(firstScreen({ ...opening, how: 'back_forward' })).toBeUndefined();
	expect(firstScreen({ ...opening, fromUs: true })).toBeUndefined();
});

test('the installed app begins at « Mes lieux », and at the city while there is none', () => {
	const begun = { ...opening, address: '/mes-lieux?depart', begun: true };
	expect(firstScreen(begun)).toBeUndefined();
	expect(firstScreen({ ...begun, favourites: 0 })).toBe('/');
});
