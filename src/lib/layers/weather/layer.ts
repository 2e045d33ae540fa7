import { defineLayer, measure, share } from '../define-layer.ts';

/** Weather stations of the city. */
export const weather = defineLayer({
	id: 'weather',
	type: 'WeatherObserved',
	title: { fr: 'Météo', en: 'Weather' },
	entity: { fr: 'Station météo', en: 'Weather station' },
	icon: 'thermometer',
	freshSeconds: 3_600,
	attributes: {
		temperature: measure({
			label: { fr: 'Température', en: 'Temperature' },
			unit: '°C',
			unitCode: 'CEL',
			min: -40,
			max: 60,
			resolution: 0.1
		}),
		relativeHumidity: share({ fr: 'Humidité', en: 'Humidity' }),
		atmosphericPressure: measure({
			label: { fr: 'Pression', en: 'Pressure' },
			unit: 'hPa',
			unitCode: 'A97',
			min: 800,
			max: 1_100,
			resolution: 1
		}),
		precipitation: measure({
			label: { fr: 'Pluie', en: 'Rain' },
			unit: 'l/m²',
			unitCode: 'MMT', // 1 l/m² is 1 mm of water
			min: 0,
			max: 500,
			resolution: 0.1
		}),
		windSpeed: measure({
			label: { fr: 'Vent', en: 'Wind' },
			unit: 'm/s',
			unitCode: 'MTS',
			min: 0,
			max: 100,
			resolution: 0.1
		}),
		gustSpeed: measure({
			label: { fr: 'Rafales', en: 'Gusts' },
			unit: 'm/s',
			unitCode: 'MTS',
			min: 0,
			max: 120,
			resolution: 0.1
		}),
		windDirection: {
			...measure({
				label: { fr: 'Direction du vent', en: 'Wind direction' },
				unit: '°',
				unitCode: 'DD',
				min: 0,
				max: 360,
				resolution: 1
			}),
			curve: false
		}
	},
	also: ['precipitation', 'windSpeed']
});
