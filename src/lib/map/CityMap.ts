import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature } from 'geojson';
import {
	Map as MapLibre,
	NavigationControl,
	setWorkerUrl,
	type GeoJSONSource,
	type GeoJSONSourceDiff
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { inside, type Position } from '../geo.ts';
import { AREAS, AREA_LABELS, areaFeatures, type Area } from './areas.ts';
import { markImage } from './mark-images.ts';
import { markKey, type Mark } from './marks.ts';
import type { Pack } from './pack.ts';
import type { MapView, ShownView } from './projection.ts';
import { cityLayers, cityStyle, DISTRICT_NAMES, PLACES, readPalette, YOU } from './style.ts';

/** Changes of places reach the map together, at most so often: an eye sees no more, and a phone stays cool. */
const FLUSH_MS = 200;
/** A finger is as wide as this around what it means to touch. */
const FINGER_PX = 22;

export interface Words {
	canvas: string;
	zoomIn: string;
	zoomOut: string;
}

export interface Options {
	container: HTMLElement;
	pack: Pack;
	view: MapView;
	words: Words;
	/** The view settled: after a gesture, a key, a button, `show`, or a change of size. */
	onview: (view: ShownView) => void;
	/** A mark was tapped. */
	onselect: (id: string) => void;
	/** A district was tapped, where no mark is near. */
	onarea: (id: string) => void;
	/** Something moves or changes: what was said drawn no longer holds. */
	onbusy: () => void;
	/** Everything is drawn; `ids` are the places truly on screen, read back from the map. */
	onidle: (ids: string[]) => void;
}

/** A place as the map knows it. */
export interface MarkedPlace {
	id: string;
	location: Position;
	mark: Mark;
	/** Written beside the mark where there is room. */
	figure: string;
}

/** The interactive map. Made when somebody asks for it: MapLibre is larger than the rest of the app. */
export class CityMap {
	readonly #map: MapLibre;
	readonly #places = new Map<string, MarkedPlace>();
	readonly #marks = new Map<string, Mark>();
	#diff: Required<Pick<GeoJSONSourceDiff, 'remove'>> & {
		add: Map<string, MarkedPlace>;
		update: Map<string, MarkedPlace>;
	} = { add: new Map(), update: new Map(), remove: [] };
	#timer: ReturnType<typeof setTimeout> | undefined;
	#ready = false;
	#chosen: string | undefined;
	#you: Position | undefined;
	readonly #stop = new AbortController();

	/** Throws where WebGL 2 is missing. */
	constructor({ container, pack, view, words, onview, onselect, onarea, onbusy, onidle }: Options) {
		setWorkerUrl(workerUrl);
		const map = new MapLibre({
			container,
			style: cityStyle(pack, readPalette()),
			center: [view.lon, view.lat],
			zoom: view.zoom,
			minZoom: 9,
			maxZoom: 18,
			// North stays up and the ground flat: the box of the list is then exactly what is seen.
			dragRotate: false,
			pitchWithRotate: false,
			touchPitch: false,
			attributionControl: false,
			fadeDuration: reducedMotion() ? 0 : 200,
			locale: {
				'Map.Title': words.canvas,
				'NavigationControl.ZoomIn': words.zoomIn,
				'NavigationControl.ZoomOut': words.zoomOut
			}
		});
		this.#map = map;
		map.touchZoomRotate.disableRotation();
		map.keyboard.disableRotation();
		map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
		// One landmark is enough: the region around it. The canvas takes arrows and + and -.
		map.getCanvas().setAttribute('role', 'application');

		map.on('load', () => {
			this.#ready = true;
			this.#flush();
			this.#drawYou();
			onview(this.#shown());
		});
		map.on('movestart', onbusy);
		map.on('moveend', () => onview(this.#shown()));
		map.on('idle', () => {
			if (this.#ready && !this.#pending()) onidle(this.#drawn());
		});
		map.on('click', ({ point: { x, y } }) => {
			const near = map.queryRenderedFeatures(
				[
					[x - FINGER_PX, y - FINGER_PX],
					[x + FINGER_PX, y + FINGER_PX]
				],
				{ layers: [PLACES] }
			);
			const ids = new Set(near.map(({ properties }) => String(properties['id'])));
			const id = this.#nearest(ids, x, y);
			if (id) return onselect(id);
			const [area] = map.queryRenderedFeatures([x, y], { layers: [AREA_LABELS, AREAS] });
			if (area) onarea(String(area.properties['id']));
		});
		map.on('mouseenter', PLACES, () => (map.getCanvas().style.cursor = 'pointer'));
		map.on('mouseleave', PLACES, () => (map.getCanvas().style.cursor = ''));
		this.#onbusy = onbusy;
		this.#followTheme();
	}
	readonly #onbusy: () => void;

	/** Adds a place, or changes its mark or position. */
	put(place: MarkedPlace): void {
		const known = this.#places.get(place.id);
		const key = markKey(place.mark);
		if (
			known &&
			known.location === place.location &&
			known.figure === place.figure &&
			markKey(known.mark) === key
		)
			return;
		this.#marks.set(key, place.mark);
		this.#places.set(place.id, place);
		const { add, update, remove } = this.#diff;
		const removed = remove.indexOf(place.id);
		if (removed >= 0) remove.splice(removed, 1);
		if (known || removed >= 0) (add.has(place.id) ? add : update).set(place.id, place);
		else add.set(place.id, place);
		this.#plan();
	}

	remove(id: string): void {
		if (!this.#places.delete(id)) return;
		this.#diff.update.delete(id);
		if (!this.#diff.add.delete(id)) this.#diff.remove.push(id);
		this.#plan();
	}

	/** Moves to a view, unless the map is already there. */
	show({ lat, lon, zoom }: MapView): void {
		const { lng, lat: now } = this.#map.getCenter();
		const px = 360 / (512 * 2 ** zoom);
		if (
			Math.abs(lng - lon) < px &&
			Math.abs(now - lat) < px &&
			Math.abs(this.#map.getZoom() - zoom) < 0.01
		)
			return;
		const target = { center: [lon, lat] as [number, number], zoom };
		if (reducedMotion()) this.#map.jumpTo(target);
		else this.#map.easeTo({ ...target, duration: 400 });
	}

	/** Marks one place as chosen, or none. */
	choose(id: string | undefined): void {
		if (this.#chosen === id) return;
		const source = PLACES;
		if (this.#chosen !== undefined)
			this.#whenReady(
				(
					(old) => () =>
						this.#map.removeFeatureState({ source, id: old })
				)(this.#chosen)
			);
		this.#chosen = id;
		if (id !== undefined)
			this.#whenReady(() => this.#map.setFeatureState({ source, id }, { chosen: true }));
	}

	/** Draws exactly these districts, where the whole city is in view. */
	areas(areas: readonly Area[]): void {
		this.#onbusy();
		this.#whenReady(() => {
			for (const { mark } of areas) {
				const key = markKey(mark);
				this.#marks.set(key, mark);
				this.#addImage(key);
			}
			void this.#map.getSource<GeoJSONSource>(AREAS)?.setData(areaFeatures(areas));
			// Each label says the name already.
			this.#map.setLayoutProperty(
				DISTRICT_NAMES,
				'visibility',
				areas.length > 0 ? 'none' : 'visible'
			);
		});
	}

	/** Where the person is; undefined hides the dot. */
	you(position: Position | undefined): void {
		this.#you = position;
		this.#whenReady(() => this.#drawYou());
	}

	resize(): void {
		this.#map.resize();
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#stop.abort();
		this.#map.remove();
	}

	#whenReady(act: () => void): void {
		if (this.#ready) act();
		else void this.#map.once('load', act);
	}

	#drawYou(): void {
		const source = this.#map.getSource<GeoJSONSource>(YOU);
		void source?.setData(
			this.#you
				? { type: 'Point', coordinates: this.#you }
				: { type: 'FeatureCollection', features: [] }
		);
	}

	#pending(): boolean {
		const { add, update, remove } = this.#diff;
		return add.size + update.size + remove.length > 0;
	}

	#plan(): void {
		this.#onbusy();
		this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
	}

	#flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		if (!this.#ready || !this.#pending()) return;
		const { add, update, remove } = this.#diff;
		this.#diff = { add: new Map(), update: new Map(), remove: [] };
		for (const key of this.#marks.keys()) this.#addImage(key);
		void this.#map.getSource<GeoJSONSource>(PLACES)?.updateData({
			remove,
			add: [...add.values()].map(feature),
			update: [...update.values()].map(({ id, location, mark, figure }) => ({
				id,
				newGeometry: { type: 'Point', coordinates: location },
				addOrUpdateProperties: [
					{ key: 'mark', value: markKey(mark) },
					{ key: 'figure', value: figure }
				]
			}))
		});
	}

	/** Ids whose very point is on screen: an icon that only leans in from outside belongs to the next view. */
	#drawn(): string[] {
		const { bbox } = this.#shown();
		const seen = this.#map.queryRenderedFeatures({ layers: [PLACES] });
		const ids = new Set(seen.map(({ properties }) => String(properties['id'])));
		return [...ids].filter((id) => {
			const place = this.#places.get(id);
			return place !== undefined && inside(place.location, bbox);
		});
	}

	#nearest(ids: Iterable<string>, x: number, y: number): string | undefined {
		let best: string | undefined;
		let least = Infinity;
		for (const id of ids) {
			const place = this.#places.get(id);
			if (!place) continue;
			const at = this.#map.project(place.location);
			const away = Math.hypot(at.x - x, at.y - y);
			if (away < least) [best, least] = [id, away];
		}
		return best;
	}

	#shown(): ShownView {
		const { lng, lat } = this.#map.getCenter();
		const bounds = this.#map.getBounds();
		return {
			lat,
			lon: lng,
			zoom: this.#map.getZoom(),
			bbox: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
		};
	}

	#addImage(key: string): void {
		const mark = this.#marks.get(key);
		if (!mark || this.#map.hasImage(key)) return;
		const { image, pixelRatio } = markImage(mark, readPalette());
		this.#map.addImage(key, image, { pixelRatio });
	}

	/** Repaints when the system or the person changes between light and dark. */
	#followTheme(): void {
		const repaint = () => {
			if (!this.#ready) return;
			const colors = readPalette();
			for (const layer of cityLayers(colors))
				for (const [name, value] of Object.entries(layer.paint ?? {}))
					this.#map.setPaintProperty(layer.id, name as never, value as never);
			for (const [key, mark] of this.#marks)
				if (this.#map.hasImage(key)) this.#map.updateImage(key, markImage(mark, colors).image);
		};
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint, {
			signal: this.#stop.signal
		});
		const observer = new MutationObserver(repaint);
		observer.observe(document.documentElement, { attributeFilter: ['data-theme', 'class'] });
		this.#stop.signal.addEventListener('abort', () => observer.disconnect());
	}
}

const feature = ({ id, location, mark, figure }: MarkedPlace): Feature => ({
	type: 'Feature',
	properties: { id, mark: markKey(mark), figure },
	geometry: { type: 'Point', coordinates: location }
});

const reducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
