import { defineLayer, type Layer, type LayerSpec } from '../../layers/define-layer.ts';
import { packTitle } from './titles.ts';

const DAY_S = 86_400;
/** A building or a fountain listed a year ago is still where it was. */
const YEAR_S = 365 * DAY_S;

type Spec = Pick<LayerSpec, 'id' | 'type' | 'entity' | 'attributes'> & { freshDays?: number };

/** Completes the definition of a static layer: one file, one line in the register, one line of titles. */
export function definePack({ freshDays, ...spec }: Spec): Layer {
	const { title, icon } = packTitle(spec.id);
	const also = Object.keys(spec.attributes).slice(1, 3);
	return defineLayer({
		...spec,
		kind: 'static',
		title,
		icon,
		also,
		freshSeconds: freshDays === undefined ? YEAR_S : freshDays * DAY_S
	});
}
