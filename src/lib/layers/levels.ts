import type { Level } from './define-layer.ts';
import type { Text } from '../text.ts';

/** Three levels serve whatever can run out; a layer gives its own words. */
export const supply = {
	good: (word: Text): Level => ({ id: 'good', rank: 0, word, shape: 'circle', color: 'good' }),
	few: (word: Text): Level => ({ id: 'few', rank: 1, word, shape: 'triangle', color: 'fair' }),
	none: (word: Text): Level => ({ id: 'none', rank: 2, word, shape: 'square', color: 'poor' })
};
