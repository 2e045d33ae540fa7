import { fail, redirect } from '@sveltejs/kit';
import { AppError } from '#lib/errors.ts';
import type { Act } from '#server/reports/acts.ts';
import { formDevice } from '#server/reports/device.ts';
import type { Actions, RequestEvent } from './$types';

/** One of the four acts by a form, for a browser without script: it has a secret of its own, in a cookie. */
const act = (name: Act) => async (event: RequestEvent) => {
	const { params, request, locals, cookies, url, getClientAddress } = event;
	const words = (await request.formData()).get('words');
	const device = formDevice(cookies, url.protocol === 'https:');
	try {
		await locals.services.reports.act(
			{ report: params.id, act: name, device, words: typeof words === 'string' ? words : '' },
			getClientAddress()
		);
	} catch (error) {
		if (error instanceof AppError) return fail(error.status, { code: error.code });
		throw error;
	}
	// Going back or reloading must not ask again.
	redirect(303, `/signalement/${params.id}?fait=${name}`);
};

export const actions = {
	suivre: act('follow'),
	confirmer: act('confirmations'),
	contester: act('contests'),
	alerter: act('abuse'),
	effacer: async ({ params, request, locals, getClientAddress }) => {
		const token = (await request.formData()).get('token');
		try {
			const mine = await locals.services.reports.mine(
				params.id,
				typeof token === 'string' ? token : '',
				getClientAddress()
			);
			await mine.erase();
		} catch (error) {
			if (error instanceof AppError) return fail(error.status, { code: error.code });
			throw error;
		}
		redirect(303, '/signalements?fait=efface');
	}
} satisfies Actions;
