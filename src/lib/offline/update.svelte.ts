import { createContext } from 'svelte';
import type { Workbox } from 'workbox-window';
import { dev } from '$app/environment';
import { updated } from '$app/state';
import { idle } from '../turns.ts';

/** A tab that stays open asks for a new version this often. */
const ASK_MS = 30 * 60_000;
/** The screen, the city and its broker come first; then the rest of the app is fetched for the day without a network. */
const LATER_MS = 5_000;

/** The installed app and its next version: registers the worker, says when a version waits, brings it on a click. */
export class Update {
	/** A new version is on the phone and waits to be let in. */
	waiting = $state(false);
	#workbox: Workbox | undefined;

	/**
	 * Browser only, once. `saved` resolves when the city is kept on the phone; with that and the app in the worker's
	 * hands, `<html>` gets `data-offline="ready"`. Returns what stops it.
	 */
	start(saved: Promise<void>): () => void {
		if (dev || !('serviceWorker' in navigator)) return () => {};
		const stop = new AbortController();
		const { signal } = stop;
		void this.#ready(saved, signal);
		// Without a network the worker that is there goes on by itself.
		const register = () =>
			void idle()
				.then(() => this.#register(signal))
				.catch(() => {});
		if (document.readyState === 'complete') register();
		else window.addEventListener('load', register, { once: true, signal });
		const ask = () => void this.#workbox?.update().catch(() => {});
		const timer = setInterval(ask, ASK_MS);
		signal.addEventListener('abort', () => clearInterval(timer));
		document.addEventListener('visibilitychange', () => !document.hidden && ask(), { signal });
		const unwatch = $effect.root(() => {
			$effect(() => {
				if (updated.current) ask();
			});
		});
		signal.addEventListener('abort', unwatch);
		return () => stop.abort();
	}

	/** Lets the waiting version in and starts the page again with it. */
	apply(): void {
		const workbox = this.#workbox;
		if (!workbox) return;
		workbox.addEventListener('controlling', () => location.reload());
		workbox.messageSkipWaiting();
	}

	async #register(signal: AbortSignal): Promise<void> {
		const { Workbox } = await import('workbox-window');
		if (signal.aborted) return;
		const workbox = new Workbox('/service-worker.js');
		workbox.addEventListener('waiting', () => (this.waiting = true));
		this.#workbox = workbox;
		// `immediate`: the page has loaded already.
		await workbox.register({ immediate: true });
	}

	async #ready(saved: Promise<void>, signal: AbortSignal): Promise<void> {
		await Promise.all([navigator.serviceWorker.ready, controlled(signal), saved]);
		if (signal.aborted) return;
		document.documentElement.dataset['offline'] = 'ready';
		if (savesData()) return;
		setTimeout(() => {
			if (!signal.aborted) void this.#workbox?.messageSW({ type: 'FETCH_LATER' });
		}, LATER_MS);
	}
}

/** Resolves once a worker answers for this page: it does so only with the whole app in its cache. */
function controlled(signal: AbortSignal): Promise<void> {
	const { serviceWorker } = navigator;
	if (serviceWorker.controller) return Promise.resolve();
	return new Promise((resolve) =>
		serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true, signal })
	);
}

/** The person asked their phone to spare data. */
function savesData(): boolean {
	const { connection } = navigator as { connection?: { saveData?: boolean } };
	return connection?.saveData === true;
}

export const [getUpdate, setUpdate] = createContext<Update>();
