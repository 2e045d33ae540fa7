import type { Attribute, Value } from '../../../src/lib/layers/define-layer.ts';

/** Bits that tell every value an attribute of the register may take at its resolution, and « unknown ». */
function bits({ range, resolution, words }: Attribute): number {
	const values = range
		? Math.round((range.max - range.min) / (resolution ?? 1)) + 1
		: Object.keys(words ?? {}).length;
	return Math.ceil(Math.log2(values + 1));
}

/** Whole bytes that carry these attributes one after the other, as a LoRaWAN device packs them. */
export const packedBytes = (attributes: readonly Attribute[]): number =>
	Math.ceil(attributes.reduce((sum, attribute) => sum + bits(attribute), 0) / 8);

const head = (n: number): number => (n < 24 ? 1 : n < 256 ? 2 : n < 65_536 ? 3 : 5);

/** How many bytes a JSON value takes in CBOR (RFC 8949): shortest integers, decimals in 8 bytes, as usual encoders do. */
export function cborBytes(value: unknown): number {
	if (value === null || typeof value === 'boolean') return 1;
	if (typeof value === 'number')
		return Number.isInteger(value) && Math.abs(value) < 2 ** 32 ? head(Math.abs(value)) : 9;
	if (typeof value === 'string') return head(Buffer.byteLength(value)) + Buffer.byteLength(value);
	const parts = Array.isArray(value)
		? value
		: Object.entries(value as Record<string, Value>).flat();
	const count = Array.isArray(value) ? parts.length : parts.length / 2;
	return head(count) + parts.reduce<number>((sum, part) => sum + cborBytes(part), 0);
}

/** An MQTT 3.1.1 PUBLISH at QoS 1: type, length, topic, packet number, payload. */
export function mqttBytes(topic: string, payload: number): number {
	const rest = 2 + Buffer.byteLength(topic) + 2 + payload;
	return 1 + (rest < 128 ? 1 : 2) + rest;
}

/** The same message as the HTTP request the README shows, with the headers curl sends. */
export function httpBytes(id: string, layer: string, payload: number): number {
	const secret = Buffer.from(`${id}:${'x'.repeat(22)}`).toString('base64');
	return (
		Buffer.byteLength(
			`POST /api/v1/raw/${layer}/${id} HTTP/1.1\r\nHost: ville.example.fr\r\nAuthorization: Basic ${secret}\r\n` +
				`User-Agent: curl/8.5.0\r\nAccept: */*\r\nContent-Length: ${payload}\r\n` +
				`Content-Type: application/x-www-form-urlencoded\r\n\r\n`
		) + payload
	);
}

/** The same message as a confirmable CoAP POST (RFC 7252): header, 4-byte token, one Uri-Path each part, Content-Format. */
export function coapBytes(id: string, layer: string, payload: number): number {
	const parts = ['api', 'v1', 'raw', layer, id];
	const options = parts.reduce((sum, part) => sum + (part.length > 12 ? 2 : 1) + part.length, 0);
	return 4 + 4 + options + 2 + 1 + payload;
}
