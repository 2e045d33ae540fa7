import { expect, test } from 'vitest';
import { MAX_RESULTS, search, type Landmark } from './search.ts';

const landmark = (name: string): Landmark => ({ name, kind: 'metro', location: [1.44, 43.6] });
const landmarks = ['Jean-Jaurès', 'Arènes', 'Saint-Cyprien – République', "Patte d'Oie"].map(
	landmark
);
const entities = [
	{ id: 'bike-toulouse-1', name: 'ARÈNES - METRO', layer: 'bike' },
	{ id: 'bike-toulouse-2', name: 'Place Jean Jaurès', layer: 'bike' },
	{ id: 'bike-toulouse-3', name: undefined, layer: 'bike' }
];
const names = (text: string) => search(text, landmarks, entities).map(({ name }) => name);

test('accents, case and punctuation do not count', () => {
	expect(names('arenes')).toEqual(['Arènes', 'ARÈNES - METRO']);
	expect(names('JEAN JAURES')).toEqual(['Jean-Jaurès', 'Place Jean Jaurès']);
	expect(names("patte d'oie")).toEqual(["Patte d'Oie"]);
});

test('every word typed must be there, in any order', () => {
	expect(names('republique cyprien')).toEqual(['Saint-Cyprien – République']);
	expect(names('jean mirail')).toEqual([]);
});

test('nothing typed finds nothing, and no more is given than one can read', () => {
	expect(names('  -  ')).toEqual([]);
	const many = Array.from({ length: 50 }, (_, i) => landmark(`Place ${i}`));
	expect(search('place', many, [])).toHaveLength(MAX_RESULTS);
});
