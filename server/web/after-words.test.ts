import vm from 'node:vm';
import { expect, test } from 'vitest';
import { afterWords } from './after-words.ts';

const kit = `<p>words</p><script nonce="n">{
	const element = document.currentScript.parentElement;
	Promise.all([
		import("/start.js"),
		import("/app.js")
	]).then(([kit, app]) => { kit.start(app, element); });
}</script>`;

test('a page’s script still parses, and waits for the words', () => {
	const page = afterWords(kit, ['/start.js', '/city.js']);
	const script = /<script nonce="n">(.*)<\/script>/s.exec(page)?.[1] ?? '';
	expect(() => new vm.Script(script)).not.toThrow();
	expect(script.indexOf("'paint'")).toBeLessThan(script.indexOf('import('));
	expect(script).toContain('["/start.js","/city.js"]');
	expect(page.startsWith('<p>words</p>')).toBe(true);
});

test('a page that reads otherwise is left as it is', () => {
	expect(afterWords('<p>words</p><script>import("/app.js")</script>', ['/app.js'])).toBe(
		'<p>words</p><script>import("/app.js")</script>'
	);
});
