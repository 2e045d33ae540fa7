/**
 * Everything that can go wrong and is expected to. Logs, tests, problem documents and French copy key on these codes;
 * `status` is the HTTP status where one applies.
 */
const CODES = {
	// raw messages (dead letters, POST /api/v1/raw)
	payload_too_large: { status: 413, title: 'The payload is larger than what is taken here' },
	payload_not_utf8: { status: 400, title: 'The payload is not UTF-8 text' },
	payload_not_json: { status: 400, title: 'The payload is not JSON' },
	payload_not_object: { status: 400, title: 'The payload is not a JSON object' },
	topic_invalid: { status: 400, title: 'The topic does not name a layer and an id' },
	layer_unknown: { status: 404, title: 'No such layer' },
	id_invalid: { status: 400, title: 'The id is not {layer}-{system}-{ref} in [a-z0-9-]' },
	id_mismatch: { status: 400, title: 'The id or type of the payload is not that of the topic' },
	id_collision: { status: 409, title: 'Another source already speaks for this id' },
	date_missing: { status: 400, title: 'dateObserved is missing' },
	date_invalid: { status: 400, title: 'dateObserved is not an RFC 3339 date-time' },
	attribute_invalid: { status: 400, title: 'An attribute has the wrong type or is out of range' },
	location_invalid: { status: 400, title: 'location is not a GeoJSON Point in WGS84' },
	name_invalid: {
		status: 400,
		title: 'name, address or source is not text of a reasonable length'
	},
	sequence_invalid: { status: 400, title: 'sequence is not a non-negative integer' },
	alert_invalid: { status: 400, title: 'The alert is not one in the words of CAP 1.2' },
	// HTTP
	not_found: { status: 404, title: 'Nothing here' },
	method_not_allowed: { status: 405, title: 'This method is not offered here' },
	entity_unknown: { status: 404, title: 'No such entity' },
	pack_unknown: { status: 404, title: 'No such pack, or nothing was read for it yet' },
	district_unknown: { status: 404, title: 'No such district' },
	query_invalid: { status: 400, title: 'A query parameter is not valid' },
	limit_exceeded: { status: 400, title: 'limit is above its maximum' },
	since_with_bbox: {
		status: 400,
		title: 'since covers the whole city: it cannot be joined with bbox'
	},
	origin_refused: { status: 403, title: 'The request comes from another site' },
	credentials_missing: { status: 401, title: 'A device name and password are required' },
	credentials_refused: { status: 401, title: 'The device name or password is wrong' },
	device_missing: {
		status: 400,
		title: 'The header Capitoul-Device must carry the secret of the device'
	},
	body_invalid: { status: 400, title: 'The body is not what this route takes' },
	endpoint_refused: { status: 400, title: 'The endpoint is not that of a known push service' },
	endpoint_unresolved: {
		status: 503,
		title: 'The address of the push service cannot be looked up right now'
	},
	rule_unknown: { status: 404, title: 'This device has no such rule' },
	too_many_rules: { status: 409, title: 'This device has as many rules as one may have' },
	topic_forbidden: { status: 403, title: 'This device may not write this topic' },
	too_many_requests: { status: 429, title: 'Too many requests' },
	broker_unavailable: { status: 503, title: 'The broker did not acknowledge in time' },
	history_unavailable: { status: 503, title: 'The history cannot be read right now' },
	storage_full: { status: 507, title: 'It could not be written to disk' },
	// reports
	report_invalid: { status: 400, title: 'The report is not what it should be' },
	report_key_mismatch: {
		status: 400,
		title: 'Idempotency-Key must be the UUID of the report, or absent'
	},
	report_conflict: { status: 409, title: 'Another report has this id' },
	report_unknown: { status: 404, title: 'No such report, or it is not public' },
	report_closed: { status: 409, title: 'This report can no longer be contested' },
	report_token_refused: { status: 403, title: 'This follow link opens nothing' },
	photo_unknown: { status: 404, title: 'No such photo' },
	photo_invalid: { status: 400, title: 'A photo is not a JPEG, PNG or WebP that can be read' },
	photo_too_large: { status: 413, title: 'A photo is larger than 10 MB or 40 million pixels' },
	too_many_photos: { status: 400, title: 'A report has at most 3 photos' },
	upload_incomplete: { status: 400, title: 'The upload ended before its end' },
	busy: { status: 503, title: 'Too much is arriving at once' },
	internal: { status: 500, title: 'Something went wrong on our side' },
	// sources
	source_timeout: { status: 504, title: 'The source did not answer in time' },
	source_unreachable: { status: 502, title: 'The source cannot be reached' },
	source_status: { status: 502, title: 'The source answered with an error' },
	source_too_large: { status: 502, title: 'The source sent more than we accept' },
	source_unreadable: { status: 502, title: 'The source sent something that is not its format' },
	// start
	config_invalid: { status: 500, title: 'The configuration is not valid' }
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof CODES;

/** An expected failure: `code` says which one, `detail` what a person can do about this very case. */
export class AppError extends Error {
	override readonly name = 'AppError';
	readonly code: ErrorCode;
	readonly detail: string;
	/** Seconds after which trying again makes sense, where that is known. */
	readonly retryAfter: number | undefined;

	constructor(
		code: ErrorCode,
		detail: string = CODES[code].title,
		options?: ErrorOptions & { retryAfter?: number }
	) {
		super(`${code}: ${detail}`, options);
		this.code = code;
		this.detail = detail;
		this.retryAfter = options?.retryAfter;
	}

	/** By name, not by class: the built app and the server that runs it each hold a copy of this file. */
	static [Symbol.hasInstance](value: unknown): boolean {
		return value instanceof Error && value.name === 'AppError' && 'code' in value;
	}

	get status(): number {
		return CODES[this.code].status;
	}

	get title(): string {
		return CODES[this.code].title;
	}
}
