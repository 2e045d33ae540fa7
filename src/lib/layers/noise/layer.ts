import { defineLayer, measure, type Level } from '../define-layer.ts';
import type { Text } from '../../text.ts';

const decibels = (label: Text) =>
	measure({ label, unit: 'dB(A)', unitCode: '2N', min: 0, max: 140, resolution: 1 });

// A moment's level has no official class: the words are ours, and say so. Their bounds follow what the ministry of
// ecology's scale of noises calls a quiet street, conversation, and a street where one raises one's voice.
const note: Text = { fr: 'indicatif', en: 'indicative' };
const calm: Level = {
	id: 'calm',
	rank: 0,
	word: { fr: 'calme', en: 'quiet' },
	note,
	shape: 'circle',
	color: 'good'
};
const busy: Level = {
	id: 'busy',
	rank: 1,
	word: { fr: 'animé', en: 'lively' },
	note,
	shape: 'triangle',
	color: 'fair'
};
const loud: Level = {
	id: 'loud',
	rank: 2,
	word: { fr: 'bruyant', en: 'loud' },
	note,
	shape: 'square',
	color: 'poor'
};

/** Sound level meters in the street: the level of the last minutes, A-weighted. */
export const noise = defineLayer({
	id: 'noise',
	type: 'NoiseLevelObserved',
	title: { fr: 'Bruit', en: 'Noise' },
	entity: { fr: 'Capteur de bruit', en: 'Noise sensor' },
	icon: 'audio-lines',
	freshSeconds: 15 * 60,
	attributes: {
		LAeq: decibels({ fr: 'Niveau moyen', en: 'Mean level' }),
		LAmax: decibels({ fr: 'Niveau le plus fort', en: 'Loudest level' })
	},
	also: ['LAmax'],
	level: ({ LAeq }) =>
		typeof LAeq !== 'number' ? undefined : LAeq < 55 ? calm : LAeq < 68 ? busy : loud
});
