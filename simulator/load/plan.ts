import type { Shape } from '../../server/testing/stack.ts';
import { KINDS, words } from './kinds.ts';
import { broken } from './promises.ts';
import { figure, type SearchResult, type Searched } from './results.ts';
import { search } from './search.ts';
import { openStage, type Stage } from './stage.ts';
import { newAccount, step, type Step, type Timing } from './step.ts';

export interface Plan {
	quick: boolean;
	timing: Timing;
	devices: number;
	/** The first rate of readings. */
	from: number;
	/** Ends every search: `performance.now()`. */
	deadline: number;
	/** Told after each step. */
	tell: (what: string, step: Step) => void;
}

async function find(stage: Stage, what: Searched, shape: Shape, plan: Plan, from: number) {
	const kind = KINDS[what];
	const { quick, timing, deadline } = plan;
	// A step that breaks everything waits longest for what is missing.
	const longest = timing.warmMs + timing.seconds * 1_000 + 10_000;
	const found = await search<Step>({
		from,
		most: quick ? Math.min(kind.most, from * 2) : kind.most,
		refine: quick ? 0 : 2,
		mayGoOn: () => performance.now() + longest < deadline,
		step: async (level) => {
			const tried = await step(stage, level, kind.load(level, quick), kind.promises, timing);
			plan.tell(`${what}, ${words(shape)}: ${level} ${kind.unit}`, tried);
			return tried;
		}
	});
	const { edge, ended, held, broke, steps } = found;
	const first = broke ? broken(broke.measured, kind.promises) : [];
	const result: SearchResult = {
		what,
		intakes: shape.intakes,
		webs: shape.webs,
		edge,
		ended,
		first,
		held,
		broke,
		steps
	};
	console.log(`→ ${what}, ${words(shape)}: ${figure(result)} (${first.join(', ') || ended})`);
	return result;
}

/**
 * All three searches with one process of each role; then with two intakes the readings and with two web processes phones and
 * history, each from half of what one did; then Mosquitto alone. Undefined with a printed reason where an engine is missing.
 */
export async function searches(plan: Plan): Promise<SearchResult[] | undefined> {
	const live = 'frames,districts';
	const all: SearchResult[] = [];
	const base = (what: Searched) => all.find((each) => each.what === what)?.edge ?? 0;
	const again = (what: Searched) =>
		Math.max(1, plan.quick ? KINDS[what].from : Math.floor(base(what) / 2));
	const rounds: { shape: Shape; what: [Searched, () => number][] }[] = [
		{
			shape: { intakes: 1, webs: 1, live },
			what: [
				['readings', () => plan.from],
				['phones', () => (plan.quick ? 20 : KINDS.phones.from)],
				['history', () => KINDS.history.from]
			]
		},
		{ shape: { intakes: 2, webs: 1, live }, what: [['readings', () => again('readings')]] },
		{
			shape: { intakes: 1, webs: 2, live },
			what: [
				['phones', () => (plan.quick ? 20 : again('phones'))],
				['history', () => again('history')]
			]
		},
		{ shape: { intakes: 0, webs: 0, live: 'none' }, what: [['direct', () => KINDS.direct.from]] }
	];
	for (const { shape, what } of rounds) {
		newAccount();
		const sensors = plan.quick ? 4 : 20;
		const stage = await openStage({ shape, devices: plan.devices, sensors });
		if (!stage) return undefined;
		try {
			for (const [each, from] of what) all.push(await find(stage, each, shape, plan, from()));
		} catch (error) {
			console.error(stage.output());
			throw error;
		} finally {
			await stage.close();
		}
	}
	return all;
}
