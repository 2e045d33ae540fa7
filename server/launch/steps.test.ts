import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const module = path.join(import.meta.dirname, 'steps.mjs');

async function run(commands: string[][], atOnce: number) {
	const script = `(await import(${JSON.stringify(module)})).steps(${JSON.stringify(commands)}, ${atOnce})`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', `await ${script}`]);
	const [output, said, [code]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, 'exit') as Promise<[number | null]>
	]);
	return { output: output.trim().split('\n'), said, code };
}

const says = (name: string, word: string) => [name, '-p', JSON.stringify(word)];

test('every line stands behind the name of its step, in the order of the steps, the last ones once more', async () => {
	const { output, code } = await run([says('one', 'a\nb'), says('two', 'c')], 1);
	expect(output).toEqual(['one │ a', 'one │ b', 'a', 'b', 'two │ c', 'c']);
	expect(code).toBe(0);
});

test('the first step to fail ends those that run, starts no other and gives its code', async () => {
	const endless = ['endless', '-e', 'setInterval(() => {}, 1000)'];
	const fails = ['fails', '-e', 'console.error("why"); process.exit(3)'];
	const { output, said, code } = await run([endless, fails, says('never', 'x')], 2);
	expect(code).toBe(3);
	expect(said).toContain('fails │ why');
	expect(said).toContain('capitoul: fails failed');
	expect(output).toEqual(['why']);
});

function stateOf(pid: number): string {
	try {
		return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '-';
	} catch {
		return '-';
	}
}

test('what a step started ends with it', async () => {
	const starts = `const { pid } = require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' });
		console.log(pid); process.exit()`;
	const { output, code } = await run([['starts', '-e', starts]], 1);
	expect(code).toBe(0);
	const pid = Number(output[0]?.split(' ').at(-1));
	// Dead at once, but counted until whoever inherited it has looked.
	await expect.poll(() => stateOf(pid), { timeout: 10_000 }).toMatch(/^[Z-]$/);
});
