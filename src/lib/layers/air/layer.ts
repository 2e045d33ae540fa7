import * as v from 'valibot';
import { startOfDay } from '../../time.ts';
import { defineLayer, measure, text, type Attribute } from '../define-layer.ts';
import type { Text } from '../../text.ts';
import { indexLevel, indicativeClass } from './scale.ts';

const concentration = (label: Text) =>
	measure({ label, unit: 'µg/m³', unitCode: 'GQ', min: 0, max: 5_000, resolution: 1 });

const HOUR = 3_600_000;

/** The official index speaks for a local day: fresh to noon of the next one, stale to that day's end. */
const untilNextNoon = (observed: number) => {
	const nextDay = startOfDay(observed, 1);
	return { freshUntil: nextDay + 12 * HOUR, staleUntil: startOfDay(observed, 2) };
};

const index: Attribute = {
	schema: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7)),
	label: { fr: 'Indice ATMO du jour', en: 'ATMO index of the day' },
	unit: '',
	unitCode: 'C62',
	resolution: 1,
	keeps: untilNextNoon
};

const atmo: Text = { fr: 'indice ATMO', en: 'ATMO index' };
const indicative: Text = { fr: 'indicatif', en: 'indicative' };

/**
 * Air quality: hourly concentrations of a station, or the official daily index of a zone (an entity of its own). Only
 * the official value is ever called « indice ATMO »; a class worked out from an hour's concentrations is « indicatif ».
 */
export const air = defineLayer({
	id: 'air',
	type: 'AirQualityObserved',
	title: { fr: 'Air', en: 'Air' },
	entity: { fr: "Qualité de l'air", en: 'Air quality' },
	icon: 'wind',
	freshSeconds: 3 * 3_600,
	attributes: {
		no2: concentration({ fr: "Dioxyde d'azote", en: 'Nitrogen dioxide' }),
		o3: concentration({ fr: 'Ozone', en: 'Ozone' }),
		pm10: concentration({ fr: 'Particules PM10', en: 'PM10 particles' }),
		pm25: concentration({ fr: 'Particules fines PM2,5', en: 'PM2.5 fine particles' }),
		so2: concentration({ fr: 'Dioxyde de soufre', en: 'Sulphur dioxide' }),
		no: concentration({ fr: "Monoxyde d'azote", en: 'Nitrogen monoxide' }),
		co: measure({
			label: { fr: 'Monoxyde de carbone', en: 'Carbon monoxide' },
			unit: 'mg/m³',
			unitCode: 'GP',
			min: 0,
			max: 500,
			resolution: 0.1
		}),
		airQualityIndex: index,
		airQualityLevel: { ...text({ fr: 'Qualité', en: 'Quality' }), keeps: untilNextNoon }
	},
	also: ['pm25'],
	level: (values) => {
		const official = values['airQualityIndex'];
		const isOfficial = typeof official === 'number';
		const found = isOfficial ? official : indicativeClass(values);
		const level = found === undefined ? undefined : indexLevel(found);
		return level && { ...level, note: isOfficial ? atmo : indicative };
	}
});
