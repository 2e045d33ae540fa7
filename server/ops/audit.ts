// node server/ops/audit.ts: asks the npm registry whether a dependency has a known serious vulnerability.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

const counts = v.object({
	metadata: v.object({ vulnerabilities: v.object({ high: v.number(), critical: v.number() }) }),
	vulnerabilities: v.record(
		v.string(),
		v.object({ severity: v.string(), range: v.string(), fixAvailable: v.unknown() })
	)
});

/** Known and looked at: the package, why it does not touch us here, and until when that is believed. */
const accepted = v.array(
	v.object({ package: v.string(), why: v.string(), until: v.pipe(v.string(), v.isoDate()) })
);

export type Verdict =
	{ kind: 'fine' } | { kind: 'unreachable'; why: string } | { kind: 'found'; packages: string[] };

/** Reads what `npm audit --json` printed. Where the registry did not answer nothing is known, and that is said. */
export function judge(
	output: string,
	known: v.InferOutput<typeof accepted>,
	today: string
): Verdict {
	let json: unknown;
	try {
		json = JSON.parse(output);
	} catch {
		return { kind: 'unreachable', why: output.trim().split('\n')[0] ?? '' };
	}
	const parsed = v.safeParse(counts, json);
	if (!parsed.success) return { kind: 'unreachable', why: JSON.stringify(json).slice(0, 200) };
	const believed = new Set(known.filter(({ until }) => until >= today).map((one) => one.package));
	const packages = Object.entries(parsed.output.vulnerabilities)
		.filter(([, { severity }]) => severity === 'high' || severity === 'critical')
		.map(([name]) => name)
		.filter((name) => !believed.has(name));
	return packages.length > 0 ? { kind: 'found', packages } : { kind: 'fine' };
}

/** Exceptions of `docs/audit.json`, none where it is not there. */
export function exceptions(root: string): v.InferOutput<typeof accepted> {
	const file = path.join(root, 'docs/audit.json');
	return fs.existsSync(file) ? v.parse(accepted, JSON.parse(fs.readFileSync(file, 'utf8'))) : [];
}

if (import.meta.main) {
	const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
		encoding: 'utf8',
		timeout: 60_000
	});
	const verdict = judge(
		stdout || stderr,
		exceptions(process.cwd()),
		new Date().toISOString().slice(0, 10)
	);
	if (verdict.kind === 'unreachable')
		console.log(`dependency audit: the registry did not answer, nothing is known (${verdict.why})`);
	else if (verdict.kind === 'fine') console.log('dependency audit: nothing serious is known');
	else {
		console.error(`dependency audit: serious and known: ${verdict.packages.join(', ')}`);
		process.exit(1);
	}
}
