import { createContext } from 'svelte';
import type { Position } from '../geo.ts';

/**
 * Where the person is, asked only on their gesture, kept only in the memory of this page and sent nowhere: distances are
 * worked out on the phone.
 */
export class Whereabouts {
	at = $state.raw<Position | undefined>();
	state = $state<'unasked' | 'asking' | 'here' | 'refused' | 'unknown'>('unasked');

	/** Resolves with the position, or undefined where the person or the phone refuses one; never rejects. */
	async ask(): Promise<Position | undefined> {
		if (!('geolocation' in navigator)) {
			this.state = 'unknown';
			return undefined;
		}
		this.state = 'asking';
		try {
			const { coords } = await new Promise<GeolocationPosition>((resolve, reject) =>
				navigator.geolocation.getCurrentPosition(resolve, reject, {
					enableHighAccuracy: true,
					timeout: 15_000,
					maximumAge: 60_000
				})
			);
			this.at = [coords.longitude, coords.latitude];
			this.state = 'here';
		} catch (error) {
			const refused = error instanceof GeolocationPositionError && error.code === 1;
			this.state = refused ? 'refused' : 'unknown';
		}
		return this.at;
	}

	/** The person now looks elsewhere: distances are no longer theirs. */
	forget(): void {
		this.at = undefined;
		this.state = 'unasked';
	}
}

export const [getWhereabouts, setWhereabouts] = createContext<Whereabouts>();
