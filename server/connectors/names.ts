// Words that stay small inside a French place name.
const SMALL = new Set('de du des d la le les l et en sur sous au aux à lès'.split(' '));
// Kept in capitals: numbers of kings and popes, and what the feeds of Toulouse abbreviate.
const CAPITALS = new Set(
	'II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVIII XX CHU CNES CGB IUT ONERA TOEC URSS ZI ZA INSA ENAC'.split(
		' '
	)
);

/**
 * A name a person can read from one written in capitals: « ST SERNIN G. ARNOULT » becomes « St Sernin G. Arnoult »,
 * « PLACE DE L'ORMEAU » « Place de l'Ormeau ». A name that already has lower-case letters is left as it is, and no
 * accent is guessed.
 */
export function readable(name: string): string {
	const text = name.replace(/\s+/g, ' ').trim();
	if (/\p{Ll}/u.test(text)) return text;
	// A spaced hyphen, a slash or a bracket starts a new part, in which even « la » takes a capital.
	return text
		.split(/( [-–/] |\(|,\s)/)
		.map((part, i) => (i % 2 === 0 ? readablePart(part) : part))
		.join('');
}

function readablePart(part: string): string {
	let first = true;
	return part.replace(/[\p{L}\p{N}]+/gu, (word, at: number) => {
		const after = part.charAt(at + word.length);
		const inner = !first;
		first = false;
		if (CAPITALS.has(word) || /\p{N}/u.test(word)) return word;
		const lower = word.toLocaleLowerCase('fr');
		// « A » alone inside a name is the preposition, unless a dot makes it an initial.
		if (inner && lower === 'a' && after !== '.') return part.charAt(at - 1) === ' ' ? 'à' : 'a';
		// « d » and « l » are small only where elided.
		if (
			inner &&
			SMALL.has(lower) &&
			(lower.length > 1 || after === "'" || after === '’') &&
			after !== '.'
		)
			return lower;
		return lower.charAt(0).toLocaleUpperCase('fr') + lower.slice(1);
	});
}

/**
 * The name of a bike station without the number its operator writes before it (« 00055 - », « 0242 - », « 00384 »).
 * Digits that are not the station's own number belong to the name. Undefined where nothing else is left.
 */
export function stationName(
	name: string | null | undefined,
	ref: string | number
): string | undefined {
	if (!name) return undefined;
	const match = /^\s*(\d{2,6})\s*-?\s*(?=\D)(.*)$/su.exec(name);
	const own = match !== null && Number(match[1]) === Number(ref);
	return readable(own ? (match[2] ?? '') : name) || undefined;
}
