import { standing, type CityAlert } from '../../src/lib/city-alerts/alert.ts';
import type { Message } from '../broker/port.ts';
import { readAlert, readAlertTopic } from './read.ts';

/** The alerts of the city as the broker retains them: the last valid word on each. */
export class CityAlerts {
	#alerts = new Map<string, CityAlert>();

	/** Takes a message of `alert/+`; answers the id it names. One that cannot be read changes nothing: throws its `AppError`. */
	take(message: Pick<Message, 'topic' | 'payload'>): string {
		const alert = readAlert(message);
		const id = readAlertTopic(message.topic);
		if (alert) this.#alerts.set(id, alert);
		else this.#alerts.delete(id);
		return id;
	}

	get(id: string): CityAlert | undefined {
		return this.#alerts.get(id);
	}

	ids(): string[] {
		return [...this.#alerts.keys()];
	}

	/** Those people are to see now, the worst first. */
	list(now: number): CityAlert[] {
		return standing(this.#alerts.values(), now);
	}
}
