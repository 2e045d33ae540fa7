import { forgetSecret, knownSecret } from '../offline/device.ts';
import * as api from './api.ts';
import { keepAlerts, keptAlerts } from './kept.ts';
import type { CityWish, NamedRule, Rule } from './rule.ts';
import { isSubscribed, permission, subscribe, unsubscribe, type Permission } from './subscribe.ts';

/** The alerts of this phone: what it asked for, what fired, and whether it can be told. Made by the page that shows them. */
export class MyAlerts {
	rules = $state.raw<NamedRule[]>([]);
	fired = $state.raw<api.Fired[]>([]);
	/** When the server last said it, ms; undefined: never. */
	asOf = $state<number | undefined>();
	/** What was kept on the phone is read. */
	ready = $state(false);
	/** The code of what last went wrong; undefined: nothing did. */
	trouble = $state<string | undefined>();
	busy = $state(false);
	permission = $state<Permission>('unable');
	push = $state<api.PushState>('none');
	/** Whether it wants to be told of the city's alerts, as the server has it. */
	city = $state.raw<CityWish | null>(null);
	erased = $state(false);

	/** Shows what is kept, then asks the server. A phone that never asked for anything asks nobody. */
	async start(locale: string): Promise<void> {
		this.permission = permission();
		const kept = await keptAlerts();
		if (kept) {
			this.rules = kept.rules;
			this.fired = kept.fired;
			this.asOf = kept.savedAt;
			this.city = kept.city;
		}
		const known = await knownSecret();
		this.ready = true;
		if (known !== undefined) await this.#try(() => this.#refresh(locale));
	}

	/** Keeps a rule; true where the server has it. */
	async save({ id, ...rule }: NamedRule): Promise<boolean> {
		return this.#try(async () => {
			await api.putRule(id, rule);
			await this.#keep([...this.rules.filter((each) => each.id !== id), { id, ...rule }]);
		});
	}

	async remove(id: string): Promise<boolean> {
		return this.#try(async () => {
			await api.removeRule(id);
			await this.#keep(this.rules.filter((each) => each.id !== id));
		});
	}

	/** The hours in which nothing sounds, whichever of what it asked for says them. */
	get quietHours(): Rule['quiet'] {
		return this.rules.find((rule) => rule.quiet !== null)?.quiet ?? this.city?.quiet ?? null;
	}

	/** Quiet hours are one wish of the person; each rule and the wish for city alerts carry it, so that the server needs no account. */
	async quiet(hours: Rule['quiet']): Promise<boolean> {
		return this.#try(async () => {
			const rules = this.rules.map((rule) => ({ ...rule, quiet: hours }));
			for (const { id, ...rule } of rules) await api.putRule(id, rule);
			if (this.city) {
				await api.putCityWish(hours);
				this.city = { quiet: hours };
			}
			await this.#keep(rules);
		});
	}

	/** To be told of the city's alerts, in the quiet hours the rules have. */
	async wantCity(wanted: boolean): Promise<boolean> {
		return this.#try(async () => {
			const quiet = this.quietHours;
			await (wanted ? api.putCityWish(quiet) : api.removeCityWish());
			this.city = wanted ? { quiet } : null;
			await this.#keep(this.rules);
		});
	}

	/** From a press only. */
	async allow(locale: string): Promise<boolean> {
		const done = await this.#try(async () => {
			await subscribe(locale);
			this.push = 'active';
		});
		this.permission = permission();
		return done;
	}

	async silence(): Promise<boolean> {
		return this.#try(async () => {
			await unsubscribe();
			this.push = 'none';
		});
	}

	/** Everything the server knows of this phone, and the name by which it knew it. */
	async erase(): Promise<boolean> {
		return this.#try(async () => {
			await api.eraseDevice();
			await unsubscribe().catch(() => {});
			await keepAlerts(undefined);
			await forgetSecret();
			this.rules = [];
			this.fired = [];
			this.city = null;
			this.push = 'none';
			this.asOf = undefined;
			this.erased = true;
		});
	}

	async #refresh(locale: string): Promise<void> {
		const [rules, { alerts, push, city }] = [await api.readRules(), await api.readAlerts()];
		this.fired = alerts;
		this.push = push;
		this.city = city;
		await this.#keep(rules);
		// Its key changed, or what the browser holds never reached the server: allowed once is enough.
		if (
			this.permission === 'granted' &&
			(push === 'renew' || (push === 'none' && (await isSubscribed())))
		) {
			await subscribe(locale);
			this.push = 'active';
		}
	}

	async #keep(rules: NamedRule[]): Promise<void> {
		this.rules = rules;
		this.asOf = Date.now();
		this.erased = false;
		await keepAlerts({
			savedAt: this.asOf,
			rules,
			fired: $state.snapshot(this.fired),
			city: this.city
		});
	}

	async #try(work: () => Promise<void>): Promise<boolean> {
		this.busy = true;
		this.trouble = undefined;
		try {
			await work();
			return true;
		} catch (error) {
			this.trouble = error instanceof api.Refused ? error.code : 'internal';
			return false;
		} finally {
			this.busy = false;
		}
	}
}
