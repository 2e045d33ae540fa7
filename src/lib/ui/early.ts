import { inTurn } from '../turns.ts';

/** What the first HTML noted before the app was there (`server/web/after-words.ts`); undefined where the app made the page. */
interface Early {
	presses: HTMLButtonElement[];
	press: (event: Event) => void;
	propose: (event: Event) => void;
	/** The browser's question whether to install the app. */
	question?: Event;
}

const early = (): Early | undefined => (globalThis as { early?: Early }).early;

/** Browser only, once the page listens: what was pressed before that is pressed again, each button once. */
export function pressAgain(): void {
	const noted = early();
	if (!noted) return;
	removeEventListener('click', noted.press, true);
	// After all that comes to life in its turn.
	inTurn(() => {
		for (const button of new Set(noted.presses.splice(0))) if (button.isConnected) button.click();
	});
}

/** The browser's question whether to install, where it came before the app; the app listens from here on. */
export function earlyQuestion(): Event | undefined {
	const noted = early();
	if (noted) removeEventListener('beforeinstallprompt', noted.propose);
	return noted?.question;
}
