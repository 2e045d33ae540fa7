import fs from 'node:fs';
import readline from 'node:readline';

/** The fields of one line of CSV (RFC 4180: quotes, doubled inside). */
export function fields(line: string, separator: string): string[] {
	const found: string[] = [];
	let at = 0;
	while (at <= line.length) {
		if (line[at] === '"') {
			let value = '';
			let end = at + 1;
			for (; end < line.length; end++) {
				if (line[end] !== '"') value += line[end];
				else if (line[end + 1] === '"') value += line[end++];
				else break;
			}
			found.push(value);
			at = end + 1;
		} else {
			const next = line.indexOf(separator, at);
			const end = next < 0 ? line.length : next;
			found.push(line.slice(at, end));
			at = end;
		}
		if (line[at] !== separator) break;
		at++;
	}
	return found;
}

export interface Row {
	/** Line of the file, from 1. */
	line: number;
	/** The row's values by the names of the head. */
	get(name: string): string;
}

/**
 * Rows of a CSV file under its head, read line by line, so that a file may be larger than memory. The separator is the
 * one of `,` `;` and tab that the head holds most of. Throws where the head lacks one of `names`.
 */
export async function* readRows(file: string, names: readonly string[]): AsyncGenerator<Row> {
	const lines = readline.createInterface({
		input: fs.createReadStream(file, 'utf8'),
		crlfDelay: Infinity
	});
	let separator = ',';
	let head: Map<string, number> | undefined;
	let line = 0;
	for await (const raw of lines) {
		line++;
		const text = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
		if (!head) {
			const count = (s: string) => text.split(s).length;
			separator = [',', ';', '\t'].reduce((a, b) => (count(b) > count(a) ? b : a));
			head = new Map(fields(text, separator).map((name, i) => [name.trim(), i]));
			const missing = names.filter((name) => !head?.has(name));
			if (missing.length > 0)
				throw new Error(`${file} has no column ${missing.join(', ')}: is the --map right?`);
			continue;
		}
		if (text.trim() === '') continue;
		const values = fields(text, separator);
		const columns = head;
		yield { line, get: (name) => values[columns.get(name) ?? -1]?.trim() ?? '' };
	}
}
