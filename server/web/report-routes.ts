import type { ErrorCode } from '../../src/lib/errors.ts';
import { reportsParams } from './params.ts';
import type { Route } from './routes.ts';

const json = 'application/json';
const geojson = 'application/geo+json';

const act = (name: string, summary: string, more: readonly ErrorCode[] = []): Route => ({
	method: 'post',
	path: `/api/v1/reports/{id}/${name}`,
	summary: `${summary}; 201 the first time, 200 with \`counted: false\` after`,
	device: true,
	answer: { status: 201, description: 'Counted', contentType: json, schema: 'ReportAct' },
	errors: ['report_unknown', 'device_missing', 'origin_refused', 'too_many_requests', ...more]
});

/** The routes of reports. */
export const reportRoutes: readonly Route[] = [
	{
		method: 'get',
		path: '/api/v1/report-categories',
		summary: "What can be reported, with the questions of each, in Open311's terms",
		answer: {
			status: 200,
			description: 'Categories',
			contentType: json,
			schema: 'ReportCategories'
		},
		conditional: true
	},
	{
		method: 'get',
		path: '/api/v1/reports',
		summary: 'Public reports, newest first; nothing personal, nothing unchecked',
		query: reportsParams,
		answer: {
			status: 200,
			description: 'FeatureCollection',
			contentType: geojson,
			schema: 'Reports'
		},
		conditional: true,
		errors: ['query_invalid', 'limit_exceeded', 'device_missing']
	},
	{
		method: 'post',
		path: '/api/v1/reports',
		summary: 'One report; 201 once all of it is on the disk, and the same answer for a repeat',
		device: true,
		body: { contentType: 'multipart/form-data', schema: 'ReportUpload' },
		answer: { status: 201, description: 'Kept', contentType: json, schema: 'ReportAccepted' },
		errors: [
			'report_invalid',
			'report_key_mismatch',
			'payload_not_json',
			'payload_too_large',
			'photo_invalid',
			'photo_too_large',
			'too_many_photos',
			'upload_incomplete',
			'device_missing',
			'origin_refused',
			'report_conflict',
			'too_many_requests',
			'busy',
			'storage_full'
		]
	},
	{
		method: 'get',
		path: '/api/v1/reports/{id}',
		summary: 'One public report with its timeline',
		answer: { status: 200, description: 'Feature', contentType: geojson, schema: 'Report' },
		conditional: true,
		errors: ['report_unknown']
	},
	{
		method: 'get',
		path: '/api/v1/reports/{id}/photos/{n}',
		summary: 'A photo of a public report, made anew without metadata',
		answer: { status: 200, description: 'JPEG', contentType: 'image/jpeg' },
		errors: ['report_unknown', 'photo_unknown']
	},
	{
		method: 'get',
		path: '/api/v1/reports/{id}/mine',
		summary: "Everything kept of one's own report, by `?token=` of its follow link",
		answer: { status: 200, description: 'Feature and more', contentType: json },
		errors: ['report_unknown', 'report_token_refused', 'too_many_requests']
	},
	{
		method: 'delete',
		path: '/api/v1/reports/{id}/mine',
		summary: 'Erases who sent it, what they wrote and showed',
		answer: { status: 204, description: 'Erased', contentType: json },
		errors: ['report_unknown', 'report_token_refused', 'origin_refused', 'too_many_requests']
	},
	act('confirmations', '« C’est aussi mon cas », once per device'),
	act('contests', 'Not fixed: within 30 days of closing this opens it again', ['report_closed']),
	act('follow', 'Be told what becomes of it'),
	{
		method: 'delete',
		path: '/api/v1/reports/{id}/follow',
		summary: 'No longer be told',
		device: true,
		answer: { status: 204, description: 'No longer followed', contentType: json },
		errors: ['device_missing', 'origin_refused']
	},
	act('abuse', 'What should not be public: read by the city, never published')
];
