import { redirect } from '@sveltejs/kit';
import { THEMES } from '#lib/ui/theme.ts';
import type { RequestHandler } from './$types';

const YEAR_S = 365 * 86_400;

/** Language and theme without JavaScript: keeps the choice in the cookies the app reads, and comes back. */
export const POST: RequestHandler = async ({ request, cookies }) => {
	const form = await request.formData();
	const keep = {
		path: '/',
		maxAge: YEAR_S,
		sameSite: 'lax',
		httpOnly: false,
		secure: false
	} as const;
	const language = form.get('langue');
	if (language === 'fr' || language === 'en') cookies.set('langue', language, keep);
	const theme = THEMES.find((choice) => choice === form.get('theme'));
	if (theme) cookies.set('theme', theme, keep);
	redirect(303, '/a-propos');
};
