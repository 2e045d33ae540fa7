import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { real } from '../../server/testing/real.ts';
import { toldMetrics } from '../../server/testing/told-metrics.ts';
import { metricNames } from './metric-names.ts';

const read = (name: string) =>
	parse(fs.readFileSync(path.join(import.meta.dirname, name), 'utf8')) as unknown;
const { groups } = read('alerts.yml') as {
	groups: {
		name: string;
		rules: {
			alert: string;
			expr: string;
			labels: { severity: string };
			annotations: { summary: string; description: string };
		}[];
	}[];
};
const rules = groups.flatMap((group) => group.rules);

let told: Awaited<ReturnType<typeof toldMetrics>>;
beforeAll(async () => void (told = await toldMetrics()), 60_000);
afterAll(() => told.stop());

test.each(rules.map(({ alert, expr }) => [alert, expr]))(
	'%s names only figures that a running service tells',
	(_alert, expr) => {
		for (const name of metricNames(expr)) expect(told.names).toContain(name);
	}
);

test('a figure that nobody tells would be found, wherever it stands in a rule', () => {
	const names = metricNames(
		'histogram_quantile(0.9, sum by (le) (rate(capitoul_nope_seconds_bucket{a="b"}[5m]))) > 1e3 and on (x) up == 1'
	);
	expect(names).toEqual(['capitoul_nope_seconds_bucket']);
	expect(told.names.has('capitoul_nope_seconds_bucket')).toBe(false);
	expect(rules.flatMap(({ expr }) => metricNames(expr)).length).toBeGreaterThanOrEqual(
		rules.length
	);
});

test('every rule has a name of its own, a severity, and says what to do', () => {
	expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
	for (const { alert, labels, annotations } of rules) {
		expect(['info', 'warning', 'critical'], alert).toContain(labels.severity);
		expect(annotations.summary, alert).not.toBe('');
		expect(annotations.description, alert).not.toBe('');
	}
});

test('a label that a rule names is one that the figure has', () => {
	for (const { expr } of rules)
		for (const [, name = '', inside = ''] of expr.matchAll(/(capitoul_\w+)\{([^}]*)\}/g))
			for (const [, label] of inside.matchAll(/(\w+)=/g))
				expect(told.body, `${name} ${label}`).toMatch(
					new RegExp(`^${name}\\{[^}]*\\b${label}="`, 'm')
				);
});

test('promtool takes both files', () => {
	const promtool = real('promtool', 'promtool');
	if (!promtool) return;
	const { status, stderr, stdout } = spawnSync(
		promtool,
		['check', 'config', path.join(import.meta.dirname, 'prometheus.yml')],
		{ encoding: 'utf8' }
	);
	expect(`${stdout}${stderr}`).not.toContain('FAILED');
	expect(status).toBe(0);
});
