import fs from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { count, defineLayer } from '../../src/lib/layers/define-layer.ts';
import { readState, toFeature, toState } from '../../src/lib/layers/entity.ts';
import { layers, register } from '../../src/lib/layers/index.ts';
import { parseTime } from '../../src/lib/time.ts';
import { asyncapi } from './asyncapi.ts';
import { openapi } from './openapi.ts';
import { routes } from './routes.ts';

const root = path.resolve(import.meta.dirname, '../../src/routes');

/** Every `+server.ts` with its methods, as OpenAPI writes them. */
function served(): string[] {
	const found: string[] = [];
	for (const file of fs.readdirSync(root, { recursive: true, encoding: 'utf8' })) {
		const address = `/${path.dirname(file)}`.replace(/\[(?:\.{3})?(\w+)(?:=\w+)?\]/g, '{$1}');
		if (path.basename(file) !== '+server.ts' || !/^\/(api|healthz|readyz|metrics)/.test(address))
			continue;
		const code = fs.readFileSync(path.join(root, file), 'utf8');
		for (const [, method = ''] of code.matchAll(
			/export const (GET|POST|PUT|PATCH|DELETE)\b|export (?:async )?function (GET|POST)\b/g
		))
			found.push(`${method.toLowerCase()} ${address}`);
	}
	return found.sort();
}

test('the table of routes and the folders of routes name the same methods', () => {
	expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(served());
});

test('OpenAPI says of every write that an address may send too many', () => {
	const { paths } = openapi(register(layers));
	for (const { method, path } of routes)
		if (method !== 'get')
			expect(paths[path]?.[method], `${method} ${path}`).toMatchObject({
				responses: { 429: { description: expect.stringContaining('too_many_requests') as string } }
			});
});

/** Follows every `$ref` of a document; a dangling one throws. */
function followed(
	document: unknown,
	node: unknown = document,
	seen = new Set<string>()
): Set<string> {
	if (Array.isArray(node)) for (const item of node) followed(document, item, seen);
	else if (typeof node === 'object' && node !== null)
		for (const [key, value] of Object.entries(node)) {
			if (key !== '$ref') followed(document, value, seen);
			else if (typeof value === 'string' && !seen.has(value)) {
				seen.add(value);
				let target: unknown = document;
				for (const step of value.replace('#/', '').split('/'))
					target = (target as Record<string, unknown> | undefined)?.[step];
				if (target === undefined) throw new Error(`${value} leads nowhere`);
				followed(document, target, seen);
			}
		}
	return seen;
}

// OpenAPI 3.1 writes JSON Schema 2020-12, AsyncAPI 3.0 draft 07.
const ajv = (Dialect: typeof Ajv | typeof Ajv2020) =>
	new Dialect({ strict: true, strictTypes: false, allErrors: true })
		.addFormat('date-time', (text) => parseTime(text) !== undefined)
		.addVocabulary(['x-unitCode', 'components']);

/** A validator of one component of a document. */
function component(document: object, name: string) {
	const { schemas } = (document as ReturnType<typeof openapi>).components;
	return ajv('openapi' in document ? Ajv2020 : Ajv)
		.addSchema({ $id: 'http://d/', components: { schemas } })
		.compile({ $ref: `http://d/#/components/schemas/${name}` });
}

const station = {
	name: 'Capitole',
	location: { type: 'Point', coordinates: [1.4442, 43.6045] },
	availableBikeNumber: 7,
	totalSlotNumber: null,
	status: 'working',
	dateObserved: '2026-11-22T09:00:00Z',
	receivedAt: '2026-11-22T09:00:01Z',
	simulated: false,
	quality: 'ok',
	observedAt: { status: '2026-11-22T08:00:00Z' }
};

test('OpenAPI 3.1: references lead somewhere, every schema compiles, every path parameter is named', () => {
	const document = openapi(register());
	expect(document.openapi).toMatch(/^3\.1\./);
	followed(document);
	for (const name of Object.keys(document.components.schemas)) component(document, name);
	const ids: unknown[] = [];
	for (const [address, methods] of Object.entries(document.paths))
		for (const operation of Object.values(methods)) {
			const { operationId, parameters, responses } = operation as {
				operationId: string;
				parameters: { name: string; in: string; schema: object }[];
				responses: Record<string, { description: string }>;
			};
			ids.push(operationId);
			expect(parameters.filter((p) => p.in === 'path').map((p) => `{${p.name}}`)).toEqual(
				address.match(/\{\w+\}/g) ?? []
			);
			for (const { schema } of parameters) ajv(Ajv2020).compile(schema);
			for (const [status, { description }] of Object.entries(responses)) {
				expect(status).toMatch(/^[2345]\d\d$/);
				expect(description).not.toBe('');
			}
		}
	expect(new Set(ids).size).toBe(ids.length);
});

test('a Feature, a raw message and a refusal are what the document says', () => {
	const document = openapi(register());
	const [bike] = layers;
	if (!bike) throw new Error('no layer');
	const entity = readState(bike, 'bike-toulouse-1', station);
	const feature = JSON.parse(JSON.stringify(toFeature(bike, entity, Date.now()))) as object;
	const isEntity = component(document, 'Entity');
	expect(isEntity(feature), JSON.stringify(isEntity.errors)).toBe(true);
	expect(isEntity({ ...feature, geometry: undefined })).toBe(false);
	const isRaw = component(document, 'BikeRaw');
	expect(isRaw({ dateObserved: '2026-11-22T09:00:00Z', availableBikeNumber: 3 })).toBe(true);
	expect(isRaw({ dateObserved: '2026-11-22T09:00:00Z', availableBikeNumber: null })).toBe(true);
	expect(isRaw({ availableBikeNumber: 3 })).toBe(false);
	expect(isRaw({ dateObserved: '2026-11-22T09:00:00Z', availableBikeNumber: -1 })).toBe(false);
	expect(isRaw({ dateObserved: '2026-11-22T09:00:00Z', status: 'on fire' })).toBe(false);
});

test('AsyncAPI 3.0: each channel has an operation and a message, and state is what its schema says', () => {
	const document = asyncapi(register(), 'wss://capitoul.example/mqtt');
	expect(document.asyncapi).toBe('3.0.0');
	expect(document.servers.phones).toMatchObject({ host: 'capitoul.example', protocol: 'wss' });
	const followedRefs = followed(document);
	for (const key of Object.keys(document.channels))
		expect(followedRefs).toContain(`#/channels/${key}/messages/${key}`);
	const addresses = Object.values(document.channels).map((c) => (c as { address: string }).address);
	expect(addresses).toContain('capitoul/v1/raw/bike/{id}');
	expect(addresses).toContain('capitoul/v1/live/air/{cell}');
	expect(addresses).toContain('capitoul/v1/service/{service}/status');
	for (const name of Object.keys(document.components.schemas)) component(document, name);
	const [bike] = layers;
	if (!bike) throw new Error('no layer');
	const state = JSON.parse(toState(bike, readState(bike, 'bike-toulouse-1', station))) as object;
	const isState = component(document, 'BikeState');
	expect(isState(state), JSON.stringify(isState.errors)).toBe(true);
	const isFrame = component(document, 'BikeLive');
	const t = 1_795_340_000;
	const e = { 'bike-toulouse-1': [t, 7, null, [25, t - 60], null, null, null, 'working'] };
	expect(isFrame({ t, e }), JSON.stringify(isFrame.errors)).toBe(true);
	expect(isFrame({ t, e: { 'bike-toulouse-1': e['bike-toulouse-1'].with(1, -7) } })).toBe(false);
});

test('a fifth layer is in both documents by being registered', () => {
	const light = defineLayer({
		id: 'light',
		type: 'StreetlightGroup',
		title: { fr: 'Éclairage', en: 'Lighting' },
		entity: { fr: 'Réverbère', en: 'Street light' },
		icon: 'lightbulb',
		freshSeconds: 900,
		attributes: { powerState: count({ label: { fr: 'Puissance', en: 'Power' } }) }
	});
	const known = register([...layers, light]);
	expect(Object.keys(openapi(known).components.schemas)).toEqual(
		expect.arrayContaining(['LightFeature', 'LightRaw'])
	);
	expect(Object.keys(asyncapi(known, 'ws://x/mqtt').channels)).toEqual(
		expect.arrayContaining(['LightRaw', 'LightState', 'LightLive', 'LightDead'])
	);
});
