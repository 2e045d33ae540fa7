import { createContext } from 'svelte';
import type { Favourites } from '../favourites/favourites.svelte.ts';
import { installed, onIos } from '../offline/persist.ts';
import { withDatabase } from '../offline/store.ts';
import { earlyQuestion } from '../ui/early.ts';
import { invitation } from './invite.ts';

/** Chromium's question, lent to us (not in TypeScript's DOM). */
interface BeforeInstallPrompt extends Event {
	prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

const KEY = 'install-refused';

/** Whether and how the app proposes to be installed. It asks only after a useful act, and only on a press. */
export class Install {
	/** The browser's own question, good for one time. */
	#question = $state.raw<BeforeInstallPrompt | undefined>();
	#refusedAt = $state<number | undefined>();
	#installed = $state(true);
	#ios = $state(false);
	/** What the phone remembers of a refusal was read: until then nothing is said. */
	#read = $state(false);
	/** A report sent or waiting, an alert asked for: as useful as a place kept. */
	#useful = $state(false);
	#favourites: Favourites;
	/** How to invite now; undefined: not at all. */
	readonly invited = $derived.by(() =>
		this.#read
			? invitation({
					installed: this.#installed,
					useful: this.#useful || this.#favourites.list.length > 0,
					refusedAt: this.#refusedAt,
					now: Date.now(),
					canAsk: this.#question !== undefined,
					ios: this.#ios
				})
			: undefined
	);
	/** How it can be installed by who looks for it, whatever was refused before. */
	readonly possible = $derived(
		this.#installed ? undefined : this.#question ? 'ask' : this.#ios ? 'tell' : undefined
	);

	constructor(favourites: Favourites) {
		this.#favourites = favourites;
	}

	/** Browser only. Takes the browser's question before it shows it by itself; returns what stops that. */
	start(): () => void {
		const stop = new AbortController();
		const { signal } = stop;
		this.#installed = installed();
		this.#ios = onIos();
		this.#question = earlyQuestion() as BeforeInstallPrompt | undefined;
		addEventListener(
			'beforeinstallprompt',
			(event) => {
				event.preventDefault();
				this.#question = event as BeforeInstallPrompt;
			},
			{ signal }
		);
		addEventListener('appinstalled', () => (this.#installed = true), { signal });
		void withDatabase((db) => db.get('own', KEY)).then((at) => {
			if (typeof at === 'number') this.#refusedAt = at;
			this.#read = true;
		});
		return () => stop.abort();
	}

	/** Something was done that is worth coming back for. */
	useful(): void {
		this.#useful = true;
	}

	/** Asks, on a press. Who says no is left alone for 30 days. */
	async ask(): Promise<void> {
		const question = this.#question;
		this.#question = undefined; // it answers only once
		const answer = await question?.prompt().catch(() => undefined);
		if (answer?.outcome === 'accepted') this.#installed = true;
		else await this.refuse();
	}

	/** Silent for 30 days, on this phone. Never rejects. */
	async refuse(): Promise<void> {
		const at = Date.now();
		this.#refusedAt = at;
		await withDatabase((db) => db.put('own', at, KEY));
	}
}

export const [getInstall, setInstall] = createContext<Install>();
