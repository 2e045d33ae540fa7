/** A push message as the browser is asked to show it. */
export interface Shown {
	title: string;
	options: Omit<NotificationOptions, 'data'> & { data: { url: string } };
}

const ICON = '/icons/icon-192.png';
const BADGE = '/icons/monochrome-512.png';

/**
 * Reads a Declarative Web Push message, as browsers that know them do. Whatever else came is shown as « something new »: only
 * pages of this app are opened, only text is shown.
 */
export function readMessage(text: string | undefined): Shown {
	const notification = parse(text);
	const string = (key: string) => {
		const value = notification[key];
		return typeof value === 'string' ? value : undefined;
	};
	const tag = string('tag');
	return {
		title: string('title') ?? 'Capitoul',
		options: {
			body: string('body') ?? 'Du nouveau pour vous : ouvrez vos alertes.',
			lang: string('lang') ?? 'fr',
			icon: ICON,
			badge: BADGE,
			...(tag !== undefined && { tag }),
			data: { url: pathOf(string('navigate')) }
		}
	};
}

function parse(text: string | undefined): Record<string, unknown> {
	try {
		const { web_push: magic, notification } = JSON.parse(text ?? '') as Record<string, unknown>;
		if (magic === 8030 && typeof notification === 'object' && notification !== null)
			return notification as Record<string, unknown>;
	} catch {
		// shown as something new
	}
	return {};
}

/** The page of this app, whatever host the message names. */
function pathOf(navigate: string | undefined): string {
	const base = 'https://app.invalid';
	if (navigate === undefined || !URL.canParse(navigate, base)) return '/alertes';
	const { protocol, pathname, search } = new URL(navigate, base);
	return /^https?:$/.test(protocol) ? `/${pathname.replace(/^\/+/, '')}${search}` : '/alertes';
}
