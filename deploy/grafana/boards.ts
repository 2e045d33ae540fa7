import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

const datasource = v.object({ type: v.picklist(['influxdb', 'prometheus']), uid: v.string() });
const target = v.object({
	refId: v.string(),
	datasource,
	query: v.optional(v.string()),
	expr: v.optional(v.string())
});
const panel = v.object({
	id: v.number(),
	title: v.pipe(v.string(), v.nonEmpty()),
	description: v.string(),
	datasource,
	gridPos: v.object({ x: v.number(), y: v.number(), w: v.number(), h: v.number() }),
	interval: v.optional(v.string()),
	targets: v.array(target)
});
const board = v.object({
	uid: v.string(),
	title: v.pipe(v.string(), v.nonEmpty()),
	editable: v.literal(false),
	templating: v.object({
		list: v.array(v.object({ name: v.string(), query: v.string(), datasource }))
	}),
	panels: v.array(panel)
});
export type Target = v.InferOutput<typeof target>;
export type Panel = v.InferOutput<typeof panel>;

const folder = path.join(import.meta.dirname, 'dashboards');

/** Every board of the folder, read as far as a test needs it. */
export const boards = fs
	.readdirSync(folder)
	.map((name) => v.parse(board, JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))));

/** A query as Grafana sends it: `$timeFilter`, intervals and variables replaced. */
export function asGrafana(
	query: string,
	variables: Readonly<Record<string, string>>,
	range?: { from: number; to: number }
): string {
	let text = query.replaceAll('$__rate_interval', '1m');
	if (range)
		text = text.replaceAll('$timeFilter', `time >= ${range.from}ms and time <= ${range.to}ms`);
	for (const [name, value] of Object.entries(variables))
		text = text.replaceAll(`/^$${name}$/`, `/^${value}$/`).replaceAll(`$${name}`, value);
	// The end of a regular expression is no variable.
	return text.replaceAll('$/', '/');
}
