import { askToStay, type Stay } from '../offline/persist.ts';
import { hasContent, newDraft, type Draft, type Step } from './draft.ts';
import { forgetDraft, keepDraft } from './drafts.ts';

/** A pause in typing; what a crash then takes is at most a word. */
const PAUSE_MS = 400;

/** The report being written: what the screens change, kept on the phone as it changes. */
export class Editor {
	fields = $state<Omit<Draft, 'photos'>>(newDraft(0, ''));
	/** Bare JPEG files; replaced whole. */
	photos = $state.raw<readonly ArrayBuffer[]>([]);
	/** Whether the phone holds what is on screen; `failed`: it has no room, or keeps nothing. */
	kept = $state<'nothing' | 'kept' | 'failed'>('nothing');
	/** Whether the browser promised not to delete it. */
	stay = $state<Stay>('unknown');
	#timer: ReturnType<typeof setTimeout> | undefined;
	#saving: Promise<void> = Promise.resolve();
	#asked = false;
	#closed = false;

	open({ photos, ...fields }: Draft): void {
		clearTimeout(this.#timer);
		this.fields = fields;
		this.photos = photos;
		this.kept = 'nothing';
		this.#closed = false;
	}

	/** The draft as it stands. */
	draft(): Draft {
		return { ...$state.snapshot(this.fields), photos: [...this.photos] };
	}

	/** Reads all that is to be kept and keeps it soon; for an effect. */
	follow(): void {
		$state.snapshot(this.fields);
		void this.photos;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.save(), PAUSE_MS);
	}

	goTo(step: Step): void {
		this.fields.step = step;
		void this.save();
	}

	/** Keeps it now. Never rejects: `kept` says what came of it. */
	save(): Promise<void> {
		clearTimeout(this.#timer);
		// One after the other, or an older state might be written last.
		this.#saving = this.#saving.then(async () => {
			const draft = this.draft();
			if (this.#closed || draft.id === '' || !hasContent(draft)) return;
			try {
				await keepDraft({ ...draft, savedAt: Date.now() });
				this.kept = 'kept';
			} catch {
				this.kept = 'failed';
				return;
			}
			if (this.#asked) return;
			this.#asked = true;
			void askToStay().then((stay) => (this.stay = stay));
		});
		return this.#saving;
	}

	/** Nothing is written any more: it was queued, or thrown away. Resolves when the last writing has ended. */
	async close(): Promise<void> {
		clearTimeout(this.#timer);
		this.#closed = true;
		await this.#saving;
	}

	async throwAway(): Promise<void> {
		await this.close();
		await forgetDraft(this.fields.id).catch(() => {});
	}
}
