import fs from 'node:fs';
import path from 'node:path';
import { marked } from 'marked';
import { chromium } from 'playwright';

// npm run rapport: the chapters beside this file, in the order of their names, become one PDF.

const folder = import.meta.dirname;
const out = path.join(folder, 'rapport.pdf');

const chapters = fs
	.readdirSync(folder)
	.filter((name) => /^\d\d-.*\.md$/.test(name))
	.sort();

/** Drawings are kept as SVG files beside the chapters and put into the page, so that the PDF needs nothing else. */
function withDrawings(html: string): string {
	return html.replace(
		/<img src="([\w-]+\.svg)" alt="([^"]*)"[^>]*>/g,
		(_, file: string, alt: string) => {
			const svg = fs.readFileSync(path.join(folder, file), 'utf8');
			return `<figure role="img" aria-label="${alt}">${svg}<figcaption>${alt}</figcaption></figure>`;
		}
	);
}

const body = withDrawings(
	chapters
		.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
		.map((markdown) => `<section>${marked.parse(markdown, { async: false })}</section>`)
		.join('\n')
);
const font = fs
	.readFileSync(
		path.resolve(
			folder,
			'../../node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2'
		)
	)
	.toString('base64');

const html = `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Capitoul : rapport de projet</title><style>
@font-face { font-family: Atkinson; src: url(data:font/woff2;base64,${font}) format('woff2'); font-weight: 200 800; }
@page { size: A4; margin: 22mm 20mm 20mm; }
body { font: 10.5pt/1.5 Atkinson, sans-serif; color: #1c1916; }
section { break-before: page; } section:first-child { break-before: auto; }
h1 { font-size: 22pt; color: #a63c24; line-height: 1.15; margin: 0 0 6mm; }
h2 { font-size: 14pt; margin: 8mm 0 2mm; } h3 { font-size: 11.5pt; margin: 5mm 0 1mm; }
h1, h2, h3 { break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; margin: 3mm 0; }
td, th { border-bottom: 0.3mm solid #e7ded3; padding: 1.2mm 2mm 1.2mm 0; text-align: left; vertical-align: top; }
tr { break-inside: avoid; }
code { font: 8.8pt ui-monospace, 'DejaVu Sans Mono', monospace; background: #f6efe6; padding: 0 0.6mm; overflow-wrap: anywhere; }
pre { background: #f6efe6; padding: 3mm; border-radius: 2mm; white-space: pre-wrap; break-inside: avoid; } pre code { padding: 0; }
figure { margin: 5mm 0; break-inside: avoid; } figure svg { width: 100%; height: auto; } figcaption { font-size: 9pt; color: #5c534a; }
img { max-width: 100%; }
a { color: #2f639b; text-decoration: none; }
</style></head><body>${body}</body></html>`;

const browser = await chromium.launch({
	executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
	args: [
		'--no-sandbox',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
		'--no-first-run'
	]
});
try {
	const page = await browser.newPage();
	await page.setContent(html, { waitUntil: 'load' });
	await page.pdf({
		path: out,
		preferCSSPageSize: true,
		printBackground: true,
		displayHeaderFooter: true,
		headerTemplate: '<span></span>',
		footerTemplate:
			'<div style="width:100%;font-size:8px;text-align:center;color:#5c534a"><span class="pageNumber"></span> / <span class="totalPages"></span></div>'
	});
} finally {
	await browser.close();
}
console.log(
	`${path.relative(process.cwd(), out)} : ${chapters.length} chapitres, ${fs.statSync(out).size} octets`
);
