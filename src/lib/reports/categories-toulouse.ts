import { advice, choice, line, list, note, type Category } from './category.ts';
import type { Text } from '../text.ts';

const t = (fr: string, en: string): Text => ({ fr, en });

const STREET = t('Rue et trottoir', 'Street and pavement');
const CLEAN = t('Propreté', 'Cleanliness');
const LIVING = t('Cadre de vie', 'Surroundings');

const METROPOLE = 'Toulouse Métropole';
const CITY = 'Mairie de Toulouse';

const danger = (order: number) =>
	list(order, 'danger', t('Y a-t-il un danger ?', 'Is there a danger?'), [
		choice('non', 'Non, une gêne seulement', 'No, only a nuisance'),
		choice(
			'risque',
			'On peut tomber ou se blesser, si on ne fait pas attention',
			'Someone careless may fall or get hurt'
		),
		choice(
			'immediat',
			'Oui, maintenant : quelqu’un est blessé ou va l’être',
			'Yes, now: someone is or will be hurt',
			advice.danger
		)
	]);

/** What can be reported in Toulouse Métropole. Plain and few: a person in the street must find theirs in one look. */
export const toulouse: readonly Category[] = [
	{
		id: 'voirie',
		title: t('Chaussée, trottoir', 'Road, pavement'),
		description: t(
			'Trou, pavé levé, bouche d’égout ouverte, bordure cassée',
			'Pothole, loose paving, open manhole, broken kerb'
		),
		group: STREET,
		keywords: ['trou', 'nid-de-poule', 'pavé', 'trottoir', 'route', 'pothole', 'manhole'],
		icon: 'construction',
		agency: METROPOLE,
		questions: [
			list(1, 'quoi', t('Qu’est-ce qui est abîmé ?', 'What is damaged?'), [
				choice('trou', 'Un trou', 'A hole'),
				choice('pave', 'Des pavés ou dalles qui bougent', 'Loose paving'),
				choice('plaque', 'Une plaque d’égout ouverte ou cassée', 'An open or broken manhole cover'),
				choice('bordure', 'Une bordure ou un ralentisseur', 'A kerb or speed bump'),
				choice('marquage', 'Un marquage effacé', 'Worn road markings'),
				choice('autre', 'Autre chose', 'Something else')
			]),
			list(2, 'ou', t('Sur quelle partie de la rue ?', 'On which part of the street?'), [
				choice('chaussee', 'La chaussée', 'The road'),
				choice('trottoir', 'Le trottoir', 'The pavement'),
				choice('cyclable', 'La piste cyclable', 'The cycle lane'),
				choice('passage', 'Le passage piéton', 'The pedestrian crossing')
			]),
			danger(3)
		]
	},
	{
		id: 'eclairage',
		title: t('Éclairage public', 'Street lighting'),
		description: t(
			'Lampadaire éteint, qui clignote ou abîmé',
			'Street lamp out, flickering or damaged'
		),
		group: STREET,
		keywords: ['lampadaire', 'lumière', 'panne', 'noir', 'lamp', 'light'],
		icon: 'lamp',
		agency: METROPOLE,
		questions: [
			list(1, 'quoi', t('Que se passe-t-il ?', 'What is wrong?'), [
				choice('eteint', 'Un lampadaire est éteint', 'A lamp is out'),
				choice('rue', 'Toute la rue est dans le noir', 'The whole street is dark'),
				choice('clignote', 'Il clignote', 'It flickers'),
				choice('jour', 'Il reste allumé le jour', 'It stays on by day'),
				choice('abime', 'Le mât penche ou est abîmé', 'The post leans or is damaged'),
				choice('cable', 'Un câble est nu ou pend', 'A cable is bare or hanging', advice.fire)
			]),
			line(
				2,
				'numero',
				t('Numéro écrit sur le lampadaire', 'Number written on the lamp post'),
				t('Souvent à hauteur des yeux', 'Often at eye level')
			)
		]
	},
	{
		id: 'signalisation',
		title: t('Feux et panneaux', 'Traffic lights and signs'),
		description: t(
			'Feu en panne, panneau tombé, tourné ou illisible',
			'Traffic light out, sign fallen, turned or unreadable'
		),
		group: STREET,
		keywords: ['feu', 'panneau', 'rouge', 'signal', 'traffic light', 'sign'],
		icon: 'traffic-cone',
		agency: METROPOLE,
		questions: [
			list(1, 'quoi', t('Qu’est-ce qui ne va pas ?', 'What is wrong?'), [
				choice('feu', 'Un feu ne marche pas', 'A traffic light is not working'),
				choice('pieton', 'Le bouton ou le son pour piétons', 'The pedestrian button or sound'),
				choice('panneau', 'Un panneau', 'A sign')
			]),
			danger(2)
		]
	},
	{
		id: 'stationnement',
		title: t('Stationnement gênant', 'Obstructive parking'),
		description: t(
			'Véhicule abandonné, trottoir ou piste cyclable bloqués',
			'Abandoned vehicle, blocked pavement or cycle lane'
		),
		group: STREET,
		keywords: ['voiture', 'épave', 'trottinette', 'parking', 'garé', 'car', 'scooter'],
		icon: 'circle-parking-off',
		agency: CITY,
		questions: [
			note(
				1,
				'plaque',
				t(
					'N’écrivez pas la plaque d’immatriculation et cachez-la sur la photo : elle désigne une personne.',
					'Do not write the number plate, and hide it on the photo: it points to a person.'
				)
			),
			list(2, 'quoi', t('De quoi s’agit-il ?', 'What is it?'), [
				choice('epave', 'Un véhicule abandonné', 'An abandoned vehicle'),
				choice('trottoir', 'Un véhicule bloque le trottoir', 'A vehicle blocks the pavement'),
				choice(
					'cyclable',
					'Un véhicule bloque la piste cyclable',
					'A vehicle blocks the cycle lane'
				),
				choice('pmr', 'Une place handicapé est occupée', 'A disabled bay is taken'),
				choice(
					'trottinette',
					'Une trottinette ou un vélo partagé gêne',
					'A shared scooter or bike is in the way'
				),
				choice(
					'secours',
					'Les secours ne peuvent pas passer',
					'Emergency services cannot get through',
					advice.police
				)
			])
		]
	},
	{
		id: 'proprete',
		title: t('Propreté', 'Cleanliness'),
		description: t(
			'Rue sale, verre cassé, déjections, animal mort, seringue',
			'Dirty street, broken glass, droppings, dead animal, syringe'
		),
		group: CLEAN,
		keywords: ['sale', 'verre', 'crotte', 'seringue', 'rat', 'nettoyage', 'dirty', 'litter'],
		icon: 'brush-cleaning',
		agency: METROPOLE,
		questions: [
			list(
				1,
				'quoi',
				t('Que voyez-vous ?', 'What do you see?'),
				[
					choice('papiers', 'Papiers, mégots, canettes', 'Paper, cigarette ends, cans'),
					choice('verre', 'Verre cassé', 'Broken glass'),
					choice('dejections', 'Déjections', 'Droppings'),
					choice('seringue', 'Seringues', 'Syringes'),
					choice('animal', 'Un animal mort', 'A dead animal'),
					choice('nuisibles', 'Rats ou insectes', 'Rats or insects'),
					choice('autre', 'Autre chose', 'Something else')
				],
				{ several: true }
			)
		]
	},
	{
		id: 'dechets',
		title: t('Déchets, encombrants', 'Waste, bulky items'),
		description: t(
			'Dépôt sauvage, conteneur plein ou cassé, bac non ramassé',
			'Fly-tipping, full or broken container, bin not collected'
		),
		group: CLEAN,
		keywords: ['poubelle', 'encombrant', 'matelas', 'dépôt', 'verre', 'bac', 'bin', 'rubbish'],
		icon: 'trash',
		agency: METROPOLE,
		questions: [
			list(1, 'quoi', t('De quoi s’agit-il ?', 'What is it?'), [
				choice('depot', 'Un dépôt sauvage', 'Fly-tipping'),
				choice(
					'encombrants',
					'Meubles, matelas, électroménager',
					'Furniture, mattress, appliances'
				),
				choice('plein', 'Un conteneur ou une corbeille pleins', 'A full container or litter bin'),
				choice('casse', 'Un conteneur ou une corbeille cassés', 'A broken container or litter bin'),
				choice('bac', 'Un bac qui n’a pas été ramassé', 'A bin that was not collected'),
				choice(
					'dangereux',
					'Un produit dangereux qui coule ou fume',
					'A dangerous product leaking or smoking',
					advice.fire
				)
			]),
			list(
				2,
				'taille',
				t('Quelle quantité ?', 'How much?'),
				[
					choice('sac', 'Un sac', 'A bag'),
					choice('coffre', 'Un coffre de voiture', 'A car boot'),
					choice('camion', 'Plus', 'More')
				],
				{ required: false }
			)
		]
	},
	{
		id: 'graffiti',
		title: t('Graffiti, affiches', 'Graffiti, posters'),
		description: t('Tag, inscription, affichage sauvage', 'Tag, writing, illegal posters'),
		group: CLEAN,
		keywords: ['tag', 'affiche', 'inscription', 'mur', 'poster'],
		icon: 'spray-can',
		agency: CITY,
		questions: [
			list(1, 'quoi', t('De quoi s’agit-il ?', 'What is it?'), [
				choice('tag', 'Un tag ou un dessin', 'A tag or drawing'),
				choice('haine', 'Des mots racistes ou insultants', 'Racist or insulting words'),
				choice('affiche', 'Des affiches ou autocollants', 'Posters or stickers')
			]),
			list(2, 'support', t('Sur quoi ?', 'On what?'), [
				choice('public', 'Un bâtiment ou un objet public', 'A public building or object'),
				choice('prive', 'Une maison ou un commerce', 'A house or shop'),
				choice('inconnu', 'Je ne sais pas', 'I do not know')
			])
		]
	},
	{
		id: 'espaces-verts',
		title: t('Espaces verts, arbres', 'Green spaces, trees'),
		description: t(
			'Branche cassée, arbre malade, herbe haute, aire de jeux abîmée',
			'Broken branch, sick tree, tall grass, damaged playground'
		),
		group: LIVING,
		keywords: ['arbre', 'parc', 'jardin', 'branche', 'jeux', 'tree', 'park'],
		icon: 'trees',
		agency: CITY,
		questions: [
			list(1, 'quoi', t('De quoi s’agit-il ?', 'What is it?'), [
				choice('branche', 'Une branche cassée ou qui gêne', 'A broken or obstructive branch'),
				choice('arbre', 'Un arbre malade ou mort', 'A sick or dead tree'),
				choice('tombe', 'Un arbre tombé', 'A fallen tree'),
				choice('herbe', 'Des herbes trop hautes', 'Overgrown grass'),
				choice('jeux', 'Un jeu pour enfants abîmé', 'A damaged playground'),
				choice('arrosage', 'Un arrosage qui fuit', 'A leaking sprinkler')
			]),
			danger(2)
		]
	},
	{
		id: 'mobilier',
		title: t('Bancs, abris, mobilier', 'Benches, shelters, furniture'),
		description: t(
			'Banc, potelet, abribus, fontaine, toilettes abîmés',
			'Damaged bench, bollard, bus shelter, fountain, toilets'
		),
		group: LIVING,
		keywords: ['banc', 'potelet', 'poteau', 'abribus', 'toilettes', 'bench', 'bollard'],
		icon: 'armchair',
		agency: METROPOLE,
		questions: [
			list(1, 'quoi', t('Qu’est-ce qui est abîmé ?', 'What is damaged?'), [
				choice('banc', 'Un banc', 'A bench'),
				choice('potelet', 'Un potelet ou une barrière', 'A bollard or barrier'),
				choice('abri', 'Un abri de bus ou de tram', 'A bus or tram shelter'),
				choice('fontaine', 'Une fontaine à boire', 'A drinking fountain'),
				choice('toilettes', 'Des toilettes publiques', 'Public toilets'),
				choice('velo', 'Un arceau à vélos', 'A bicycle rack'),
				choice('autre', 'Autre chose', 'Something else')
			]),
			danger(2)
		]
	},
	{
		id: 'eau',
		title: t('Eau, égouts', 'Water, sewers'),
		description: t(
			'Fuite, bouche d’égout bouchée, mauvaise odeur, inondation',
			'Leak, blocked drain, bad smell, flooding'
		),
		group: LIVING,
		keywords: ['fuite', 'égout', 'inondation', 'odeur', 'leak', 'drain', 'flood'],
		icon: 'droplets',
		agency: 'Eau de Toulouse Métropole',
		questions: [
			list(1, 'quoi', t('Que se passe-t-il ?', 'What is happening?'), [
				choice('fuite', 'De l’eau coule dans la rue', 'Water is running in the street'),
				choice('bouchee', 'Une bouche d’égout est bouchée', 'A drain is blocked'),
				choice('odeur', 'Une odeur d’égout', 'A smell of sewage'),
				choice('inondation', 'Une rue ou un passage inondés', 'A flooded street or underpass'),
				choice('gaz', 'Une odeur de gaz', 'A smell of gas', advice.fire)
			]),
			danger(2)
		]
	},
	{
		id: 'bruit',
		title: t('Bruit', 'Noise'),
		description: t(
			'Chantier, commerce, livraison, machine : un bruit qui revient',
			'Building site, shop, delivery, machine: a noise that comes back'
		),
		group: LIVING,
		keywords: ['bruit', 'chantier', 'tapage', 'musique', 'noise', 'music'],
		icon: 'volume-2',
		agency: CITY,
		questions: [
			note(
				1,
				'tapage',
				t(
					'Pour un tapage en cours la nuit, la police se déplace : appelez le 17. Ici, signalez un bruit qui revient.',
					'For a disturbance going on at night, the police come: call 17. Here, report a noise that comes back.'
				)
			),
			list(2, 'source', t('D’où vient-il ?', 'Where does it come from?'), [
				choice('chantier', 'D’un chantier', 'A building site'),
				choice('commerce', 'D’un bar, d’un commerce', 'A bar or shop'),
				choice('machine', 'D’une machine ou d’une ventilation', 'A machine or fan'),
				choice('livraison', 'De livraisons ou du ramassage', 'Deliveries or collections'),
				choice('circulation', 'De la circulation', 'Traffic'),
				choice(
					'violence',
					'De cris ou de violences, en ce moment',
					'Shouting or violence, right now',
					advice.police
				)
			]),
			list(
				3,
				'quand',
				t('Quand ?', 'When?'),
				[
					choice('jour', 'Le jour', 'By day'),
					choice('soir', 'Le soir', 'In the evening'),
					choice('nuit', 'La nuit', 'At night')
				],
				{ several: true }
			)
		]
	},
	{
		id: 'autre',
		title: t('Autre chose', 'Something else'),
		description: t(
			'Rien de tout cela : dites-le avec vos mots',
			'None of these: say it in your own words'
		),
		group: LIVING,
		keywords: ['autre', 'divers', 'other'],
		icon: 'message-square-text',
		agency: METROPOLE,
		placeless: true,
		questions: []
	}
];
