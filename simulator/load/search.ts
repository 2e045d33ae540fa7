/** One step of a search: the load asked for, whether every promise held, and which did not. */
export interface Tried {
	level: number;
	broken: readonly string[];
}

export interface Found<T extends Tried> {
	/** In the order they were tried. */
	steps: T[];
	/** The highest load at which every promise held; 0: none did. */
	edge: number;
	/** The step at `edge`, and the lowest one that broke a promise. */
	held: T | undefined;
	broke: T | undefined;
	/** Why the search ended without a broken promise. */
	ended: 'edge' | 'most' | 'time';
}

export interface Search<T extends Tried> {
	/** The first load. */
	from: number;
	/** Never more than this. */
	most: number;
	/** Halvings of the last interval. */
	refine: number;
	step: (level: number) => Promise<T>;
	/** False once no time is left: no further step begins. */
	mayGoOn?: () => boolean;
}

const HALVINGS = 3; // of a first load that is too much already

/**
 * Doubles the load until a promise breaks, then halves the interval a few times. Ends by itself: at the edge, at `most`
 * or when the time is over.
 */
export async function search<T extends Tried>(asked: Search<T>): Promise<Found<T>> {
	const { from, most, refine, step, mayGoOn = () => true } = asked;
	const steps: T[] = [];
	let held: T | undefined;
	let broke: T | undefined;
	const attempt = async (level: number) => {
		const tried = await step(level);
		steps.push(tried);
		if (tried.broken.length === 0) held = !held || level > held.level ? tried : held;
		else broke = !broke || level < broke.level ? tried : broke;
		return tried.broken.length === 0;
	};
	const done = (ended: Found<T>['ended']): Found<T> => ({
		steps,
		edge: held?.level ?? 0,
		held,
		broke,
		ended
	});
	for (let level = Math.min(from, most); ; level = Math.min(level * 2, most)) {
		if (!mayGoOn()) return done('time');
		if (!(await attempt(level))) break;
		if (level >= most) return done('most');
	}
	for (let level = from, n = 0; !held && n < HALVINGS; n++) {
		level = Math.floor(level / 2);
		if (level < 1) break;
		if (!mayGoOn()) return done('time');
		await attempt(level);
	}
	for (let n = 0; n < refine && held && broke; n++) {
		const middle = Math.round((held.level + broke.level) / 2);
		if (middle <= held.level || middle >= broke.level) break;
		if (!mayGoOn()) return done('time');
		await attempt(middle);
	}
	return done('edge');
}
