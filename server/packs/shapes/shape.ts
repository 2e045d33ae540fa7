import type { Value } from '../../../src/lib/layers/define-layer.ts';
import type { Fields } from '../fields.ts';

/** What a shape makes of one record. */
export interface Draft {
	/** The source's own key; the name where it has none. */
	key?: string | undefined;
	name: string | undefined;
	address?: string | undefined;
	/** Values of the layer; an undefined or unknown word is left out. */
	values: Readonly<Record<string, Value | undefined>>;
}

/** Reads the records of one static layer: only the fields it names. Undefined where a record is none of this layer. */
export type Shape = (fields: Fields) => Draft | undefined;
