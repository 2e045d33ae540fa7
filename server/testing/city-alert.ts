import { capSchema, type CityAlert } from '../../src/lib/city-alerts/alert.ts';
import { formatTime } from '../../src/lib/time.ts';
import * as v from 'valibot';

/** An alert as Node-RED publishes it: `now` is when it is sent. */
export function cityAlert(
	now: number,
	{ info = {}, ...more }: Record<string, unknown> & { info?: Record<string, unknown> } = {}
): Omit<CityAlert, 'id'> {
	return v.parse(capSchema, {
		identifier: `air-no2-quartier-3-${now}`,
		sender: 'nodered',
		sent: formatTime(now),
		status: 'Actual',
		msgType: 'Alert',
		scope: 'Public',
		info: [
			{
				language: 'fr-FR',
				category: ['Env'],
				event: 'Pollution de l’air',
				urgency: 'Immediate',
				severity: 'Moderate',
				certainty: 'Observed',
				effective: formatTime(now),
				expires: formatTime(now + 3 * 3_600_000),
				headline: 'Air pollué dans ce quartier',
				description: 'Dioxyde d’azote : 240 µg/m³ en moyenne depuis une heure.',
				instruction: 'Évitez les efforts dehors.',
				area: [
					{
						areaDesc: 'quartier-3',
						geocode: [{ valueName: 'capitoul', value: 'quartier-3' }]
					}
				],
				...info
			}
		],
		...more
	});
}
