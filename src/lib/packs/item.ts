import type { Value } from '../layers/define-layer.ts';
import type { Position } from '../geo.ts';

/** One thing of a pack, as the server sends it and the phone keeps it. */
export interface PackItem {
	/** `{layer}-{city}-{ref}`, as of any place. */
	id: string;
	name: string;
	location?: Position;
	address?: string;
	/** Values of the layer's attributes; what is not known is not there. */
	values: Readonly<Record<string, Value>>;
}

/** What `GET /api/v1/packs` says of one pack. */
export interface PackHead {
	name: string;
	title: string;
	/** Hash of the items: the same content has the same version on any server. */
	version: string;
	/** Of the whole answer, uncompressed. */
	bytes: number;
	count: number;
	/** When the source last changed the data (RFC 3339), or when we first saw it so. */
	updated: string;
	/** When the source was last read whole. */
	checked: string;
	licence: string;
	attribution: string;
	/** Where people read about the data. */
	source: string;
}

/** The answer of `GET /api/v1/packs/{name}`: everything, or with `since` what changed from that version. */
export type PackAnswer = PackHead &
	(
		| { items: PackItem[] }
		| { since: string; added: PackItem[]; changed: PackItem[]; removed: string[] }
	);

/** Under which id the source of a static layer stands among the sources of `/api/v1/layers`. */
export const packSource = (layer: string): string => `pack-${layer}`;
