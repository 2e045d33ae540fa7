import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { ReportInput } from '../../src/lib/reports/report.ts';
import type { Database } from '../database/database.ts';
import { silent } from '../log.ts';
import { createReports } from './reports.ts';

/** A report as a phone would make it. */
export const aReport = (more: Partial<ReportInput> = {}): ReportInput => ({
	id: randomUUID(),
	category: 'voirie',
	answers: { quoi: 'trou', ou: 'trottoir', danger: 'non' },
	description: 'Un trou devant l’école',
	location: { lon: 1.4442, lat: 43.6045 },
	address: '1 place du Capitole',
	createdAt: '2026-11-25T08:00:00.123Z',
	...more
});

/** A small real photo. */
export const aPhoto = (kind: 'jpeg' | 'png' | 'webp' = 'jpeg', width = 32, height = 16) =>
	sharp({ create: { width, height, channels: 3, background: '#a63c24' } })
		.toFormat(kind)
		.toBuffer();

/** What a phone posts. */
export function upload(report: ReportInput, photos: readonly Uint8Array[] = []): FormData {
	const form = new FormData();
	form.set('report', JSON.stringify(report));
	for (const photo of photos)
		form.append('photo', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'photo.jpg');
	return form;
}

export const ADDRESS = '192.0.2.1';

/** A device's secret and the header that carries it. */
export const device = (name: string) => ({ 'capitoul-device': name.padEnd(22, '0') });

/** Reports over a database, with a folder and a clock of their own; `close` ends the decoder's process. */
export function reportsOver(database: Database, clock: () => number = Date.now) {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'reports-'));
	const reports = createReports({ database, dataDir, clock, log: silent });
	const files = () =>
		fs.existsSync(path.join(dataDir, 'photos'))
			? fs
					.readdirSync(path.join(dataDir, 'photos'), { recursive: true, encoding: 'utf8' })
					.filter((name) => name.includes('.'))
			: [];
	return { reports, dataDir, files };
}

export const posted = (form: FormData, headers: Record<string, string> = {}) =>
	new Request('http://localhost/api/v1/reports', { method: 'POST', body: form, headers });
