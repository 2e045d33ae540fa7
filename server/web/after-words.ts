/** Where Kit's own script of a page fetches the app. */
const FETCH = 'Promise.all([\n';

/** What happens before the app is there, noted for it: read by `src/lib/ui/early.ts`. */
const NOTE = `
					const early = globalThis.early = { presses: [] };
					addEventListener('click', early.press = ({ target }) => {
						const button = target.closest?.('button');
						if (button && !button.form) early.presses.push(button);
					}, true);
					addEventListener('beforeinstallprompt', early.propose = (event) => {
						event.preventDefault();
						early.question = event;
					});
`;

/**
 * A page whose script is fetched once its words are painted, all its files at once; after a second where nothing is painted
 * (a tab in the background). The words are in the HTML already: what brings them to life must not hold them up. Presses before
 * that are noted. Where Kit's script no longer reads as here, the page is left alone and starts at once.
 *
 * @param html a whole page as Kit renders it
 * @param scripts addresses of the modules the page needs
 */
export function afterWords(html: string, scripts: readonly string[]): string {
	const start = html.lastIndexOf(FETCH);
	// Kit's expression ends at its first `])`.
	const end = html.indexOf('])', start) + 2;
	if (start === -1 || end === 1) return html;
	const fetch = html.slice(start, end);
	return `${html.slice(0, start)}new Promise((painted) => {${NOTE}
						setTimeout(painted, 1000);
						try {
							new PerformanceObserver((list) => {
								if (list.getEntriesByName('first-contentful-paint').length > 0) setTimeout(painted);
							}).observe({ type: 'paint', buffered: true });
						} catch {}
					}).then(() => {
						for (const href of ${JSON.stringify(scripts)})
							document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }));
						return ${fetch};
					})${html.slice(end)}`;
}
