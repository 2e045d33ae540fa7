import type { EntityFeature } from '../layers/entity.ts';

/** The features of an answer of `/api/v1/entities`, or none where it is something else. */
export function featuresOf(json: unknown): EntityFeature[] {
	if (typeof json !== 'object' || json === null || !('features' in json)) return [];
	return Array.isArray(json.features) ? json.features.filter(isFeature) : [];
}

export function isFeature(value: unknown): value is EntityFeature {
	return (
		typeof value === 'object' &&
		value !== null &&
		'id' in value &&
		typeof value.id === 'string' &&
		'properties' in value &&
		typeof value.properties === 'object' &&
		value.properties !== null
	);
}
