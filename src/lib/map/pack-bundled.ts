import city from '../../../static/city/toulouse/city.json';
import sketch from '../../../static/city/toulouse/sketch.json';
import places from '../../../static/city/toulouse/places.json';
import type { Pack } from './pack.ts';

/**
 * The pack as the server draws from it. The browser must not carry these 40 kB of JavaScript: it gets the drawing made,
 * and fetches the files when it draws another view. Use it behind `import.meta.env.SSR` only, which leaves it out there.
 */
export const bundledPack = (): Pack =>
	({ ground: sketch, places, districts: city.districts }) as unknown as Pack;
