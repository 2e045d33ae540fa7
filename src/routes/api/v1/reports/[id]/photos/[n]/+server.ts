import { AppError } from '#lib/errors.ts';
import type { RequestHandler } from './$types';

/** A photo of a public report, or of one's own with `?token=`. It is shown by an `<img>`; opened alone it can do nothing. */
export const GET: RequestHandler = async ({ params, url, locals }) => {
	const { reports } = locals.services;
	if (!/^[1-9]$/.test(params.n)) throw new AppError('photo_unknown');
	const token = url.searchParams.get('token') ?? undefined;
	const bytes = await reports.photo(params.id, Number(params.n), token);
	return new Response(new Uint8Array(bytes), {
		headers: {
			'content-type': 'image/jpeg',
			'content-length': String(bytes.length),
			'content-disposition': `attachment; filename="signalement-${params.id}-${params.n}.jpg"`,
			'content-security-policy': "default-src 'none'; sandbox",
			// A photo may be taken from the public again: it is asked for each time it is shown anew after an hour.
			'cache-control': token === undefined ? 'public, max-age=3600' : 'no-store'
		}
	});
};
