import { distance, viewBbox, type Bbox, type Position } from '../geo.ts';

/** What the map shows: a centre, a zoom (MapLibre's, 512-pixel tiles) and, once a real map said so, its exact box. */
export interface View {
	lat: number;
	lon: number;
	zoom: number;
	bbox?: Bbox;
}

/** Place du Capitole: where everybody starts who has said nothing yet (CONTRACT, section 4). */
export const CAPITOLE: View = { lat: 43.6045, lon: 1.4442, zoom: 14 };

/** The phone the first HTML is made for, CSS pixels. */
const PHONE = { width: 390, height: 844 };

const within = (text: string | null, min: number, max: number): number | undefined => {
	if (text === null || text.trim() === '') return undefined;
	const number = Number(text);
	return number >= min && number <= max ? number : undefined;
};

/** The view `?lat=&lon=&z=` names; the default one where any of them is missing or makes no sense. */
export function readView(params: URLSearchParams): View {
	const lat = within(params.get('lat'), -85, 85);
	const lon = within(params.get('lon'), -180, 180);
	if (lat === undefined || lon === undefined) return CAPITOLE;
	return { lat, lon, zoom: within(params.get('z'), 2, 20) ?? CAPITOLE.zoom };
}

/**
 * The layers `?layers=` chooses among those known: the standard ones when it is absent or names none we know, none when it
 * is there and empty.
 */
export function readLayers(
	params: URLSearchParams,
	known: readonly string[],
	standard = known
): readonly string[] {
	const text = params.get('layers');
	if (text === null) return standard;
	if (text === '') return [];
	const wanted = new Set(text.split(','));
	const chosen = known.filter((id) => wanted.has(id));
	return chosen.length > 0 ? chosen : standard;
}

export const center = ({ lat, lon }: View): Position => [lon, lat];

/** The box whose places the list holds: a phone's screen around the centre, and all that the map truly shows. */
export function listBox(view: View): Bbox {
	const [w, s, e, n] = viewBbox(center(view), view.zoom, PHONE.width, PHONE.height);
	const shown = view.bbox;
	if (!shown) return [w, s, e, n];
	return [
		Math.min(w, shown[0]),
		Math.min(s, shown[1]),
		Math.max(e, shown[2]),
		Math.max(n, shown[3])
	];
}

/** `w,s,e,n` as the API reads it, to the ninth of a metre that five decimals are. */
export const boxParam = (box: Bbox): string => box.map((side) => side.toFixed(5)).join(',');

/** Whether two views are the same to the eye, so that a map that settles does not sort the list again. */
export function sameView(a: View, b: View): boolean {
	return distance(center(a), center(b)) < 1 && Math.abs(a.zoom - b.zoom) < 0.01;
}

/** The address of a view, for a link that works without JavaScript too. */
export function viewQuery(
	view: View,
	layers: readonly string[],
	standard: readonly string[],
	more: Record<string, string> = {}
): string {
	const params = new URLSearchParams();
	if (!sameView(view, CAPITOLE)) {
		params.set('lat', view.lat.toFixed(5));
		params.set('lon', view.lon.toFixed(5));
		params.set('z', String(Math.round(view.zoom * 100) / 100));
	}
	if (layers.join() !== standard.join()) params.set('layers', layers.join(','));
	for (const [name, value] of Object.entries(more)) params.set(name, value);
	const text = params.toString().replaceAll('%2C', ',');
	return text === '' ? '' : `?${text}`;
}
