import type { Services } from '../city/services.ts';

/** The answer of `GET /api/v1/city-alerts`: a district that is only named by its id gets its name. */
export function cityAlertsAnswer(
	{ cityAlerts, districts }: Pick<Services, 'cityAlerts' | 'districts'>,
	now: number
): { body: string } {
	const alerts = cityAlerts.list(now).map((alert) => ({
		...alert,
		info: alert.info.map((info) => ({
			...info,
			area: info.area.map((area) => ({
				...area,
				areaDesc: districts.get(area.areaDesc)?.name ?? area.areaDesc
			}))
		}))
	}));
	return { body: JSON.stringify({ alerts }) };
}
