// Draws static/icons/*.png from capitoul.svg: `node server/launch/icons.ts`, after a change of the drawing.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';

const folder = path.resolve(import.meta.dirname, '../../static/icons');
const svg = fs.readFileSync(path.join(folder, 'capitoul.svg'), 'utf8');
const square = svg.replace(/ rx="\d+"/, '');
/** Whatever the system cuts away, the inner circle of 80 % stays: the mark is drawn inside it. */
const safe = square.replace('<g id="mark"', '<g id="mark" transform="translate(56 46) scale(.78)"');
/** One colour on nothing: the system gives its own. */
const monochrome = safe
	.replace(/<rect[^>]*\/>/, '')
	.replace(/stroke="#\w+"/g, 'stroke="#000"')
	.replace(/fill="#\w+"/g, 'fill="#000"');

const drawings: [name: string, svg: string, size: number][] = [
	['icon-192.png', svg, 192],
	['icon-512.png', svg, 512],
	['maskable-192.png', safe, 192],
	['maskable-512.png', safe, 512],
	['monochrome-512.png', monochrome, 512],
	['apple-touch-icon.png', safe, 180]
];

const browser = await chromium.launch({
	executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-background-networking']
});
const page = await browser.newPage();
for (const [name, drawing, size] of drawings) {
	await page.setViewportSize({ width: size, height: size });
	await page.setContent(
		`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`
	);
	await page.screenshot({ path: path.join(folder, name), omitBackground: true });
}
await browser.close();
