import { searchOf, type Results } from './results.ts';
import type { Step } from './step.ts';

const WIDTH = 720;
const HEIGHT = 400;
const PLOT = { left: 64, right: 660, top: 56, bottom: 330 };

const SERIES = [
	{ name: 'queryable', words: 'queryable over HTTP' },
	{ name: 'puback', words: 'PUBACK' },
	{ name: 'quiet', words: 'reading to phone, quiet cell' },
	{ name: 'frames', words: 'frame to phone' }
] as const;

/** CPU of all parts of the stack, without the load's own. */
export const cores = ({ used }: Step): number =>
	Object.entries(used).reduce((sum, [name, { cores }]) => (name === 'load' ? sum : sum + cores), 0);

const escape = (text: string) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const at = (value: number) => value.toFixed(1);

/** The readings a second against the latencies (p99, logarithmic) and the CPU of the stack, one point for each step. */
export function chart(results: Results): string {
	const steps = [...(searchOf(results, 'readings')?.steps ?? [])].sort((a, b) => a.level - b.level);
	const most = Math.max(1, ...steps.map(({ level }) => level));
	const least = Math.min(most / 2, ...steps.map(({ level }) => level));
	const x = (level: number) =>
		PLOT.left +
		20 +
		(Math.log(level / least) / Math.log(most / least)) * (PLOT.right - PLOT.left - 40);
	const decades = [1, 10, 100, 1_000, 10_000];
	const y = (ms: number) =>
		PLOT.bottom - (Math.log10(Math.min(10_000, Math.max(1, ms))) / 4) * (PLOT.bottom - PLOT.top);
	const full = Math.max(1, results.machine.cores);
	const yCores = (value: number) =>
		PLOT.bottom - (Math.min(value, full) / full) * (PLOT.bottom - PLOT.top);

	const line = (
		name: string,
		points: [number, number][],
		shape: (x: number, y: number) => string
	) =>
		points.length === 0
			? ''
			: `<polyline class="line ${name}" points="${points.map(([a, b]) => `${at(a)},${at(b)}`).join(' ')}"/>` +
				points.map(([a, b]) => shape(a, b)).join('');
	const curves = SERIES.map(({ name }) =>
		line(
			name,
			steps.flatMap((step): [number, number][] => {
				const value = step.measured[name];
				return value === undefined ? [] : [[x(step.level), y(value)]];
			}),
			(a, b) => `<circle class="${name}" cx="${at(a)}" cy="${at(b)}" r="4"/>`
		)
	).join('\n');
	const cpu = line(
		'cpu',
		steps.map((step) => [x(step.level), yCores(cores(step))]),
		(a, b) => `<rect class="cpu" x="${at(a - 4)}" y="${at(b - 4)}" width="8" height="8"/>`
	);
	const grid = decades
		.map(
			(ms) =>
				`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at(y(ms))}" y2="${at(y(ms))}"/>` +
				`<text x="${PLOT.left - 8}" y="${at(y(ms) + 4)}" text-anchor="end">${ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`}</text>`
		)
		.join('\n');
	const right = Array.from(
		{ length: full + 1 },
		(_, n) => `<text x="${PLOT.right + 8}" y="${at(yCores(n) + 4)}">${n}</text>`
	).join('');
	let last = -Infinity;
	const below = steps
		.map(({ level }) => {
			if (x(level) - last < 48) return '';
			last = x(level);
			return `<text x="${at(last)}" y="${PLOT.bottom + 20}" text-anchor="middle">${level.toLocaleString('en')}</text>`;
		})
		.join('');
	const legend = [...SERIES, { name: 'cpu', words: 'CPU of the stack (right)' }]
		.map(({ name, words }, n) => {
			const left = PLOT.left + (n % 3) * 200;
			const top = 16 + Math.floor(n / 3) * 20;
			const mark =
				name === 'cpu'
					? `<rect class="cpu" x="${left}" y="${top - 4}" width="8" height="8"/>`
					: `<circle class="key ${name}" cx="${left + 4}" cy="${top}" r="4"/>`;
			return `${mark}<text x="${left + 16}" y="${top + 4}">${words}</text>`;
		})
		.join('\n');
	const edge = searchOf(results, 'readings')?.edge ?? 0;
	const holds =
		edge >= least && edge > 0
			? `<line class="edge" x1="${at(x(edge))}" x2="${at(x(edge))}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>`
			: '';
	const title = `Readings a second against latency (p99) and CPU: every promise holds up to ${edge.toLocaleString('en')} readings a second`;
	return `<svg xmlns="http://www.w3.org/2000/svg" class="load-chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="Atkinson, system-ui, sans-serif" font-size="12">
<title>${escape(title)}</title>
<style>
.load-chart { --ground: #fffdfa; --text: #1c1916; --grid: #d9d0c4; --queryable: #9a5b00; --puback: #6b4fa0; --quiet: #a63c24; --frames: #2f639b; --cpu: #5c534a; }
@media (prefers-color-scheme: dark) { .load-chart { --ground: #1c1916; --text: #f3ece2; --grid: #4a433b; --queryable: #f0b35a; --puback: #c3aef0; --quiet: #ff9a80; --frames: #8fc1f5; --cpu: #c9bfb2; } }
.load-chart .ground { fill: var(--ground); } .load-chart text { fill: var(--text); }
.load-chart .grid { stroke: var(--grid); } .load-chart .edge { stroke: var(--text); stroke-dasharray: 2 4; }
.load-chart .queryable { fill: var(--queryable); stroke: var(--queryable); } .load-chart .puback { fill: var(--puback); stroke: var(--puback); }
.load-chart .quiet { fill: var(--quiet); stroke: var(--quiet); } .load-chart .frames { fill: var(--frames); stroke: var(--frames); }
.load-chart .cpu { fill: var(--cpu); stroke: var(--cpu); } .load-chart .line { fill: none; stroke-width: 2; } .load-chart .line.cpu { stroke-dasharray: 6 4; }
</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
${legend}
${grid}
${right}
${holds}
${curves}
${cpu}
${below}
<text x="${PLOT.right + 54}" y="${PLOT.top - 8}" text-anchor="end">cores</text>
<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 42}" text-anchor="middle">readings a second; dotted: the last rate at which every promise holds</text>
<text x="${PLOT.left}" y="${HEIGHT - 8}">${escape(`${results.date.slice(0, 10)}, ${results.machine.cores} cores, ${results.machine.cpu}`)}</text>
</svg>
`;
}
