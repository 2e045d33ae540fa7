import type { Draft } from './draft.ts';
import { allDrafts } from './drafts.ts';
import { OUTBOX } from './outbox.ts';
import { allRows, allSent, type Row, type Sent } from './outbox-rows.ts';

/** The queue as a screen shows it: read again whenever any tab or the worker changed it. */
export class Queue {
	rows = $state.raw<readonly Row[]>([]);
	drafts = $state.raw<readonly Draft[]>([]);
	sent = $state.raw<readonly Sent[]>([]);
	/** `failed`: this browser keeps nothing. */
	state = $state<'loading' | 'here' | 'failed'>('loading');

	/** Browser only. Returns what stops it. */
	start(): () => void {
		const channel = new BroadcastChannel(OUTBOX);
		const read = () => void this.read();
		channel.onmessage = read;
		// A tab that was frozen missed what was told meanwhile.
		document.addEventListener('visibilitychange', read);
		read();
		return () => {
			channel.close();
			document.removeEventListener('visibilitychange', read);
		};
	}

	async read(): Promise<void> {
		try {
			[this.rows, this.drafts, this.sent] = await Promise.all([allRows(), allDrafts(), allSent()]);
			this.state = 'here';
		} catch {
			this.state = 'failed';
		}
	}
}
