import { expect, test } from 'vitest';
import { readable, stationName } from './names.ts';

test('the number before a station name goes in every way it is written, and no other digits do', () => {
	expect(stationName('00055 - ST SERNIN G. ARNOULT', 55)).toBe('St Sernin G. Arnoult');
	expect(stationName('00384 GUILHERMY - LAS BRUGUES', 384)).toBe('Guilhermy - Las Brugues');
	expect(stationName('00337 -CHIRAC - HEREDIA', 337)).toBe('Chirac - Heredia');
	expect(stationName('0242 - RIMBAUD - COLETTE / PADER - FRONTON', '242')).toBe(
		'Rimbaud - Colette / Pader - Fronton'
	);
	expect(stationName('000315 - FRONTON - LAPIN', 315)).toBe('Fronton - Lapin');
	expect(stationName('00250 - 11 NOVEMBRE - NÉGOGOUSSES', 250)).toBe('11 Novembre - Négogousses');
	expect(stationName('11 NOVEMBRE', 250)).toBe('11 Novembre');
	expect(stationName('00007', 7)).toBe('00007');
	expect(stationName(null, 7)).toBeUndefined();
});

test('a name in capitals becomes one a person reads; small words, initials, numbers of kings and hyphens are kept', () => {
	expect(readable("PLACE DE L'ORMEAU")).toBe("Place de l'Ormeau");
	expect(readable("PLACE JEANNE D'ARC")).toBe("Place Jeanne d'Arc");
	expect(readable('ROUTE DE SEYSSES - C. DE VICOSE')).toBe('Route de Seysses - C. de Vicose');
	expect(readable('SAINT-MARTIN-DU-TOUCH GARE')).toBe('Saint-Martin-du-Touch Gare');
	expect(readable('JARDIN RAYMOND VI')).toBe('Jardin Raymond VI');
	expect(readable('FER A CHEVAL - COURS DILLON')).toBe('Fer à Cheval - Cours Dillon');
	expect(readable('LA VACHE MÉTRO')).toBe('La Vache Métro');
	expect(readable("L'ENVOL DES PIONNIERS")).toBe("L'Envol des Pionniers");
	expect(readable('UNIV. PAUL SABATIER  MÉTRO')).toBe('Univ. Paul Sabatier Métro');
	expect(readable('MINIMES C.NOUGARO MÉTRO')).toBe('Minimes C.Nougaro Métro');
});

test('a name that has lower-case letters already is left as its source writes it', () => {
	expect(readable('Gaumont EST')).toBe('Gaumont EST');
});
