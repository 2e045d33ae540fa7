import { XMLBuilder } from 'fast-xml-parser';

export type Format = 'xml' | 'json';

/** A value of GeoReport: null is an empty element, an array repeats the child that `CHILD` names. */
export type Value = string | number | boolean | null | readonly Value[] | { [name: string]: Value };

/** What each container repeats (open311.md 1). */
const CHILD: Readonly<Record<string, string>> = {
	services: 'service',
	attributes: 'attribute',
	values: 'value',
	service_requests: 'request',
	service_request_updates: 'request_update',
	errors: 'error',
	endpoints: 'endpoint',
	formats: 'format',
	notes: 'note'
};

const TYPE: Readonly<Record<Format, string>> = {
	xml: 'text/xml; charset=utf-8',
	json: 'application/json; charset=utf-8'
};

const builder = new XMLBuilder({ suppressEmptyNode: true, processEntities: true });

/** The XML form: arrays get the element their container repeats. */
function forXml(value: Value, name: string): unknown {
	if (value === null) return '';
	if (Array.isArray(value)) {
		const child = CHILD[name];
		if (child === undefined) throw new TypeError(`no child of ${name}`);
		return value.length === 0 ? '' : { [child]: value.map((one: Value) => forXml(one, child)) };
	}
	if (typeof value !== 'object') return value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, forXml(one, key)]));
}

/** One answer in either format: JSON is the XML without its outermost element (« Spark »). */
export function rendered(format: Format, root: string, value: Value): string {
	if (format === 'json') return JSON.stringify(value);
	return `<?xml version="1.0" encoding="utf-8"?>\n${builder.build({ [root]: forXml(value, root) })}`;
}

/** The same as an HTTP answer. Whoever reads may come from any site; who writes may not. */
export function answer(
	format: Format,
	root: string,
	value: Value,
	{ status = 200, open = true, headers = {} }: Options = {}
): Response {
	return new Response(rendered(format, root, value), {
		status,
		headers: {
			'content-type': TYPE[format],
			'cache-control': 'no-cache',
			...(open && { 'access-control-allow-origin': '*' }),
			...headers
		}
	});
}

interface Options {
	status?: number;
	open?: boolean;
	headers?: Record<string, string>;
}

/** A failure as GeoReport tells it: 404 what does not exist, 403 the key, 400 the rest. */
export class Open311Error extends Error {
	override readonly name = 'Open311Error';
	readonly status: number;
	readonly code: string;
	readonly headers: Record<string, string>;
	constructor(
		status: number,
		description: string,
		{
			code = String(status),
			headers = {}
		}: { code?: string; headers?: Record<string, string> } = {}
	) {
		super(description);
		this.status = status;
		this.code = code;
		this.headers = headers;
	}
}
