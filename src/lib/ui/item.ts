import { m } from '#lib/paraglide/messages.js';
import { valueTime } from '../history/moment.ts';
import type { Shape } from '../layers/define-layer.ts';
import { freshness, type Freshness } from '../layers/freshness.ts';
import type { Place } from '../live/place.svelte.ts';
import { age, metres, walk } from '../live/words.ts';
import { formatTime } from '../time.ts';
import type { Locale } from '../text.ts';
import { alsoKnown } from './attributes.ts';
import { tone } from './tone.ts';
import { figure, machine, phrase } from './value.ts';

/** One value as it is written on its element (CONTRACT, section 4). */
export interface Told {
	attribute: string;
	value: string;
	observed: string;
	freshness: Freshness;
	said: string;
}

/** What an item of the list is made from. */
export interface ItemProps {
	place: Place;
	now: number;
	/** The moment the values are of (ms), where that is not now. */
	at: number | undefined;
	/** Metres from the person or the place they look around; undefined where that means nothing. */
	away: number | undefined;
	/** Who the value comes from, in words. */
	source: string | undefined;
	/** Whether it is one of « Mes lieux », and what changes that; without the latter there is no star. */
	kept?: boolean;
	onkeep?: (() => void) | undefined;
}

/** All that an item of the list says. A long list is drawn from plain words: it costs one derivation an item. */
export interface Item {
	name: string;
	main: Told;
	/** How much room the figure takes in its tile. */
	size: '' | 'long' | 'words';
	after: string;
	shape: Shape | undefined;
	tone: string;
	style: string | undefined;
	/** Distance, and what the figure is of where its noun does not say it; ends ready for what follows. */
	lead: string;
	/** The level in words, where it is not simply good. */
	word: string;
	also: Told[];
	/** A good level, for who cannot see its shape. */
	unseen: string;
	icon: string;
	/** What stands in the tile where there is no figure: the drawing of the layer. */
	drawing?: string;
	age: string;
	by: string;
}

const DOT = ' · ';

/**
 * `away` in metres from the person or the place they look around, undefined where that means nothing; `source` is who the
 * value comes from, in words. Of a former moment `at` (ms): as fresh as it was then, and its hour instead of its age.
 */
export function itemOf(
	place: Place,
	now: number,
	locale: Locale,
	away: number | undefined,
	source: string | undefined,
	at?: number
): Item {
	if (place.layer.kind === 'static') return fixedItem(place, now, locale, away, source);
	const { layer, shown, values, level, simulated } = place;
	const spec = layer.attributes[shown];
	const told = (attribute: string, said: string): Told => {
		const observed = place.times[attribute] ?? place.observed;
		return {
			attribute,
			value: machine(values[attribute]),
			observed: formatTime(observed),
			freshness: freshness(layer, attribute, observed, at ?? now),
			said
		};
	};
	const large = figure(layer, shown, values[shown], locale);
	const main = told(shown, large?.figure ?? m.unknown_figure());
	const state = main.freshness;
	const judged = level && state === 'fresh' ? level : undefined;
	// A good level needs no word, its shape and figure say it; any other, and one with a caveat, is spelt out.
	const spelt = judged && (judged.rank > 0 || judged.note) ? judged : undefined;
	const word = spelt
		? spelt.word[locale] + (spelt.note ? `\u00a0(${spelt.note[locale]})` : '')
		: '';
	const also = alsoKnown(place).map((attribute) => {
		const words = phrase(layer, attribute, values[attribute], locale) ?? '';
		const other = layer.attributes[attribute];
		return told(attribute, other?.noun ? words : `${other?.label[locale]}\u00a0${words}`);
	});
	const lead = [
		away === undefined ? '' : `${metres(away)}, ${walk(away)}`,
		spec && !spec.noun && layer.level ? spec.label[locale] : ''
	].filter((part) => part !== '');
	const colour = tone(level, state);
	const time = place.times[shown] ?? place.observed;
	return {
		name: place.name ?? layer.entity[locale],
		main,
		size: main.said.length > 6 ? 'words' : main.said.length > 3 ? 'long' : '',
		after: large?.after ?? '',
		shape: judged?.shape,
		tone: colour['data-tone'],
		style: colour.style,
		lead: lead.join(DOT) + (lead.length > 0 && (word !== '' || also.length > 0) ? DOT : ''),
		word: word + (word !== '' && also.length > 0 ? DOT : ''),
		also,
		unseen: judged && !spelt ? `, ${judged.word[locale]}` : '',
		icon: simulated ? 'flask-conical' : state === 'fresh' ? 'radio' : 'clock-alert',
		age:
			(state === 'dead' ? `${m.fresh_dead()}, ` : '') +
			(at === undefined ? age(time, now, locale) : valueTime(time, at, now, locale)),
		by: simulated ? DOT + m.simulation() : source === undefined ? '' : DOT + source
	};
}

/** A thing that stays where it is: no figure, but what is known of it in words. */
function fixedItem(
	place: Place,
	now: number,
	locale: Locale,
	away: number | undefined,
	source: string | undefined
): Item {
	const { layer, shown, values, observed } = place;
	const state = freshness(layer, shown, observed, now);
	const told = (attribute: string): Told => {
		const label = layer.attributes[attribute]?.label[locale] ?? '';
		const words = phrase(layer, attribute, values[attribute], locale) ?? m.unknown_figure();
		return {
			attribute,
			value: machine(values[attribute]),
			observed: formatTime(observed),
			freshness: state,
			said: layer.attributes[attribute]?.form === 'day' ? `${label}\u00a0: ${words}` : words
		};
	};
	const lead = away === undefined ? '' : `${metres(away)}, ${walk(away)}`;
	const main = told(shown);
	const also = [...(values[shown] === undefined ? [] : [main]), ...alsoKnown(place).map(told)];
	return {
		name: place.name ?? layer.entity[locale],
		main,
		size: '',
		after: layer.entity[locale],
		shape: undefined,
		tone: 'fixed',
		style: undefined,
		lead: lead + (lead !== '' && also.length > 0 ? DOT : ''),
		word: '',
		also,
		unseen: '',
		icon: 'database',
		drawing: layer.icon,
		age: (state === 'dead' ? `${m.fresh_dead()}, ` : '') + age(observed, now, locale),
		by: source === undefined ? '' : DOT + source
	};
}
