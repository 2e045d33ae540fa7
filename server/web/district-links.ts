import { escaped } from '../../src/lib/text.ts';
import type { District } from '../districts/geofence.ts';

/**
 * The districts by name, for who reads the home page without script: there the list beside the map is never made. Put into
 * the HTML by the server alone, so that no phone loads a program for it.
 */
export function districtLinks(title: string, districts: readonly District[]): string {
	if (districts.length === 0) return '';
	const links = districts.map(({ id, name }) => `<a href="/quartier/${id}">${escaped(name)}</a>`);
	return `<noscript><nav aria-label="${escaped(title)}" style="padding:0 16px calc(var(--nav-height) + 64px)"><h2>${escaped(title)}</h2><p style="line-height:44px">${links.join(' · ')}</p></nav></noscript>`;
}
