// node server/ops/secret-scan.ts: looks for secrets in every tracked file, and ends with 1 where it finds one.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export interface Finding {
	line: number;
	what: string;
	/** Its beginning: enough to find it, not enough to use it. */
	beginning: string;
}

/** What certain secrets always look like. */
const SHAPES: readonly [what: string, shape: RegExp][] = [
	['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
	['a key of AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
	['a token of GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})\b/],
	['a token of GitLab', /\bglpat-[\w-]{20,}\b/],
	['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/],
	['a token of Slack', /\bxox[abprs]-[\w-]{10,}\b/],
	['a key of Google', /\bAIza[\w-]{35}\b/],
	['a signed token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}\b/],
	['a password in an address', /\b[a-z][a-z+]{2,12}:\/\/[^\s/:@'"`${}<>]+:([^\s/@'"`${}<>]{6,})@/],
	['a hash of a password', /\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/]
];

/** A name that says « secret », then a text in quotes or, in an environment file, without. */
const NAMED =
	/\b\w*(?:password|passwd|secret|token|api_?key|private_?key)\w*["']?\s*[:=]\s*(?:["'`]([^"'`\s]{12,})["'`]|([\w+/=-]{20,})\s*$)/gi;
/** Bits of chance in a letter: words have about 3, random base64 more than 4, random hex 3.7 of at most 4. */
const CHANCE_TEXT = 3.9;
const CHANCE_HEX = 3.3;
const CHANCE_ADDRESS = 3;

/** Shannon's entropy of the letters, in bits. */
export function entropy(text: string): number {
	const counts = new Map<string, number>();
	for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
	let bits = 0;
	for (const n of counts.values()) bits -= (n / text.length) * Math.log2(n / text.length);
	return bits;
}

const byChance = (text: string) =>
	/^[0-9a-f]{24,}$/i.test(text) ? entropy(text) > CHANCE_HEX : entropy(text) > CHANCE_TEXT;

/** What stands in a text that looks like a secret. A line that says « not a secret » and why is left alone. */
export function findSecrets(text: string): Finding[] {
	const found: Finding[] = [];
	for (const [i, line] of text.split('\n').entries()) {
		if (line.length > 20_000 || line.includes('not a secret:')) continue;
		const add = (what: string, secret: string) =>
			found.push({ line: i + 1, what, beginning: secret.slice(0, 8) });
		for (const [what, shape] of SHAPES) {
			const match = shape.exec(line);
			const secret = match?.[1] ?? match?.[0];
			// A word (« secret », « capitoul ») in an address is an example.
			if (secret !== undefined && (match?.[1] === undefined || entropy(secret) > CHANCE_ADDRESS))
				add(what, secret);
		}
		for (const [, quoted, bare] of line.matchAll(NAMED)) {
			const secret = quoted ?? bare ?? '';
			if (/^[\w+/=.-]+$/.test(secret) && byChance(secret))
				add('a random text named as a secret', secret);
		}
	}
	return found;
}

/** Sums and addresses of packages, not secrets; pictures and fonts hold no text. */
const LEFT_ALONE = /(^|\/)package-lock\.json$|\.(png|jpe?g|webp|woff2?|pmtiles|ico|pdf|gz|br)$/;

/** Every finding in the tracked files of a repository, by file. */
export function scanRepository(root: string): (Finding & { file: string })[] {
	const { stdout, status } = spawnSync('git', ['ls-files', '-z'], {
		cwd: root,
		encoding: 'utf8',
		maxBuffer: 16e6
	});
	if (status !== 0) throw new Error('not a git repository: nothing was looked at');
	return stdout
		.split('\0')
		.filter((file) => file !== '' && !LEFT_ALONE.test(file))
		.filter((file) => fs.existsSync(path.join(root, file)))
		.flatMap((file) =>
			findSecrets(fs.readFileSync(path.join(root, file), 'utf8')).map((finding) => ({
				file,
				...finding
			}))
		);
}

if (import.meta.main) {
	const found = scanRepository(process.cwd());
	for (const { file, line, what, beginning } of found)
		console.error(`${file}:${line}: ${what}: ${beginning}…`);
	if (found.length > 0) process.exit(1);
	console.log('no secret in the tracked files');
}
