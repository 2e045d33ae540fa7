import { m } from '#lib/paraglide/messages.js';
import type { Trouble } from './outbox-rows.ts';

/** Why one was refused, in words that say what can be done; the server's own sentence where it is all we have. */
export function refusalWords({ code, status, detail }: Trouble): string {
	const known: Readonly<Record<string, () => string>> = {
		report_invalid: () => m.report_refused_invalid({ detail }),
		report_conflict: m.report_refused_conflict,
		report_unknown: m.report_refused_unknown,
		report_closed: m.report_refused_unknown,
		photo_invalid: m.report_refused_photo,
		photo_too_large: m.report_refused_photo,
		too_many_photos: m.report_refused_photo,
		payload_too_large: m.report_refused_photo
	};
	if (status === 413) return m.report_refused_photo();
	return known[code]?.() ?? m.report_refused_other({ detail: detail || String(status) });
}

/** Why one still waits. */
export function waitingWords({ code, status }: Trouble): string {
	if (code === 'not_the_city') return m.report_waits_portal();
	if (status === 0) return m.report_waits_network();
	if (status === 429 || code === 'busy') return m.report_waits_busy();
	if (status === 507) return m.report_waits_full();
	return m.report_waits_server();
}
