import { AppError } from '../../src/lib/errors.ts';
import { topics } from '../../src/lib/topics.ts';
import type { Broker, Message } from '../broker/port.ts';
import type { Database } from '../database/database.ts';
import { deadLetter } from '../intake/dead.ts';
import type { Log } from '../log.ts';
import { endsAt, type CityAlert } from '../../src/lib/city-alerts/alert.ts';
import { CityAlerts } from './picture.ts';
import { keepAndTell, keptStanding, purgeCityAlerts } from './tell.ts';

interface Deps {
	database: Database;
	broker: Pick<Broker, 'publish'>;
	clock: () => number;
	log: Log;
	/** Whether this process is the one that judges. */
	active: () => boolean;
	/** Something was put in the push queue. */
	queued: () => void;
}

const PURGE_MS = 3_600_000;

/**
 * Follows `alert/+`: refuses what is no alert and puts back what stood, keeps and tells what is one, and takes back what is
 * over. Only the active process of its name acts; the others know as much, so that they can go on.
 */
export class Herald {
	/** Alerts told to those who asked. */
	told = 0;
	refused = 0;
	#d: Deps;
	#picture = new CityAlerts();
	#dirty = new Set<string>();
	#working: Promise<void> | undefined;
	#purgedAt = -Infinity;

	constructor(deps: Deps) {
		this.#d = deps;
	}

	/** Takes a message of `alert/+`. */
	take(message: Message): void {
		try {
			this.#dirty.add(this.#picture.take(message));
			void this.flush();
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			this.refused++;
			this.#d.log.warn({ topic: message.topic, code: error.code }, 'alert refused');
			if (this.#d.active()) void this.#refuse(message, error);
		}
	}

	/** Raises again what stood at the end of the last run and this broker no longer retains: the embedded one keeps none. */
	async restore(): Promise<void> {
		const { database, clock } = this.#d;
		for (const alert of await keptStanding(database))
			if (this.#picture.get(alert.id) === undefined && endsAt(alert) > clock()) {
				const topic = topics.alert(alert.id);
				this.#picture.take({ topic, payload: Buffer.from(written(alert)) });
				await this.#say(alert.id, alert);
			}
	}

	/** Another process may have told meanwhile: all is looked at again. */
	async again(): Promise<void> {
		for (const { id } of await keptStanding(this.#d.database)) this.#dirty.add(id);
		for (const id of this.#picture.ids()) this.#dirty.add(id);
		await this.flush();
	}

	/** Takes back what is over, and forgets what nobody will repeat. */
	async tick(): Promise<void> {
		const { active, clock, database } = this.#d;
		if (!active()) return;
		const now = clock();
		for (const id of this.#picture.ids()) {
			const alert = this.#picture.get(id);
			if (alert && endsAt(alert) <= now) await this.#say(id, undefined);
		}
		if (now - this.#purgedAt > PURGE_MS) {
			this.#purgedAt = now;
			await purgeCityAlerts(database, now);
		}
		await this.flush();
	}

	/** Resolves when nothing is left to keep or the database did not take it; the next tick tries again. */
	flush(): Promise<void> {
		this.#working ??= this.#drain().finally(() => (this.#working = undefined));
		return this.#working;
	}

	async #drain(): Promise<void> {
		const { database, clock, active, queued, log } = this.#d;
		while (this.#dirty.size > 0 && active()) {
			const [id = ''] = this.#dirty;
			this.#dirty.delete(id);
			try {
				if (!(await keepAndTell(database, id, this.#picture.get(id), clock()))) continue;
				this.told++;
				queued();
			} catch (error) {
				log.warn({ err: error }, 'city alerts wait for the database');
				this.#dirty.add(id);
				return;
			}
		}
	}

	/** A dead letter; then what stood before is retained again, so that a mistake silences no alert. */
	async #refuse({ topic, payload }: Message, error: AppError): Promise<void> {
		const letter = deadLetter(topic, payload, error);
		await this.#d.broker.publish(topics.dead('alert'), letter).catch(() => {});
		const id = topic.split('/').at(-1) ?? '';
		if (error.code !== 'topic_invalid') await this.#say(id, this.#picture.get(id));
	}

	async #say(id: string, alert: CityAlert | undefined): Promise<void> {
		const payload = alert ? written(alert) : '';
		await this.#d.broker
			.publish(topics.alert(id), payload, { qos: 1, retain: true })
			.catch((error: unknown) => this.#d.log.warn({ err: error, id }, 'alert not published'));
	}
}

/** As its sender wrote it: the id is in the topic. */
const written = (alert: CityAlert) => JSON.stringify({ ...alert, id: undefined });
