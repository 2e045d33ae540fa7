import { slug } from '../../../src/lib/layers/entity.ts';
import type { Fields } from '../fields.ts';
import type { Shape } from './shape.ts';

/** The first word of `table` whose pattern is in the text; `otherwise` where there is text and none fits. */
function wordOf(
	text: string | undefined,
	table: readonly (readonly [RegExp, string])[],
	otherwise?: string
): string | undefined {
	if (text === undefined) return undefined;
	const plain = slug(text);
	return table.find(([pattern]) => pattern.test(plain))?.[1] ?? otherwise;
}

const access = (f: Fields, ...names: string[]) =>
	wordOf(f.text(...names), [
		[/non-accessible|^non$/, 'no'],
		[/accessible|pmr|^oui$/, 'yes']
	]);

export const toilet: Shape = (f) => ({
	key: f.text('id', 'numero', 'identifiant'),
	name: f.words('nom', 'libelle', 'emplacement', 'adresse'),
	address: f.address(f.words('adresse'), ['code_postal', 'cp'], ['commune']),
	values: {
		access: access(f, 'accessibilite', 'accessibilité', 'acces_pmr'),
		hours: f.text('horaires', 'horaire')
	}
});

export const water: Shape = (f) => ({
	key: f.text('id', 'numero', 'identifiant'),
	name: f.words('nom', 'libelle', 'emplacement', 'adresse', 'localisation'),
	address: f.address(f.words('adresse', 'localisation'), ['code_postal', 'cp'], ['commune']),
	values: { model: f.text('modele', 'type') }
});

export const recycling: Shape = (f) => ({
	key: f.text('id', 'numero'),
	name: f.words('adresse') ?? f.words('commune'),
	address: f.words('commune'),
	values: {
		accepts: wordOf(
			f.text('flux', 'type_flux', 'dmt_type'),
			[
				[/verre/, 'glass'],
				[/emballage/, 'packaging'],
				[/papier|carton/, 'paper'],
				[/textile|vetement|relais/, 'textile'],
				[/organique|compost|alimentaire|biodechet/, 'organic'],
				[/ordure|menager|^om/, 'household']
			],
			'other'
		)
	}
});

/** Shared gardens of the city, or parks as a file of OpenStreetMap lists them. */
export const park: Shape = (f) => ({
	key: f.text('id', '@id'),
	name: f.words('nom', 'name', 'libelle'),
	address: f.address(f.words('adresse'), ['cp', 'code_postal'], ['commune']),
	values: { kind: f.text('leisure') === 'park' ? 'park' : undefined }
});

export const sport: Shape = (f) => {
	const sports = ['foot', 'rugby'].filter((name) => f.text(name) === 'O');
	return {
		name: f.words('nom_complet', 'index', 'nom'),
		address: f.words('adresse'),
		values: {
			season: f.text('saison'),
			access: access(f, 'accessibilite'),
			sports:
				sports.length > 0 ? sports.map((name) => (name === 'foot' ? 'football' : name)) : undefined,
			telephone: f.phone('telephone')
		}
	};
};

export const building: Shape = (f) => {
	const street = [f.text('numero_rue'), f.text('complement_rue'), f.words('nom_rue')];
	const name = f.text('equipement');
	return {
		key: name,
		name: f.words('equipement')?.replace(/^\d{4} /, ''),
		address: f.address(
			street.filter((part) => part !== undefined).join(' ') || undefined,
			['code_postal'],
			['commune']
		),
		values: {
			access: wordOf(
				f.text('accessible'),
				[
					[/^04/, 'yes'],
					[/^03/, 'works'],
					[/^0[12]/, 'planned']
				],
				'unknown'
			),
			use: f.words('type_equipement')
		}
	};
};

export const culture: Shape = (f) => ({
	name: f.words('eq_nom_equipement', 'nom'),
	address: f.address(
		[f.text('numero')?.replace(/^0+/, ''), f.words('lib_off')]
			.filter((part) => part !== undefined && part !== '')
			.join(' ') || undefined,
		['id_secteur_postal'],
		['eq_ville']
	),
	values: {
		metro: f.text('eq_acces_metro'),
		telephone: f.phone('eq_telephone'),
		website: f.site('eq_site_web')
	}
});

export const event: Shape = (f) => ({
	key: f.text('identifiant'),
	name: f.words('nom_de_la_manifestation'),
	address: f.address(f.words('lieu_adresse_2'), ['code_postal'], ['commune']),
	values: {
		starts: f.day('date_debut'),
		ends: f.day('date_fin') ?? f.day('date_debut'),
		venue: f.words('lieu_nom'),
		hours: f.text('horaires'),
		theme: f.text('categorie_de_la_manifestation', 'type_de_manifestation'),
		website: f.site('reservation_site_internet')
	}
});

export const works: Shape = (f) => ({
	key: f.text('numero'),
	name: f.words('voie'),
	address: f.words('commune'),
	values: {
		traffic: wordOf(
			f.text('circulation'),
			[
				[/barree|interdite|coupee/, 'closed'],
				[/alternat|alternee/, 'alternating'],
				[/file|voie/, 'lane'],
				[/retreci/, 'narrowed']
			],
			'other'
		),
		starts: f.day('datedebut'),
		ends: f.day('datefin')
	}
});

/** A line still on paper is no station yet. */
export const metro: Shape = (f) => {
	const state = f.text('etat');
	if (state !== undefined && slug(state) !== 'existant') return undefined;
	return station(f);
};

export const tram: Shape = (f) => station(f);

function station(f: Fields) {
	const line = f.text('ligne');
	const name = f.words('nom');
	return { key: name && `${name} ${line ?? ''}`, name, values: { line } };
}
