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

/** A drawing or a picture as part of the page, so that the PDF needs nothing else. */
function picture(file: string): string {
	const at = path.resolve(folder, file);
	if (file.endsWith('.svg')) return fs.readFileSync(at, 'utf8');
	const type = file.endsWith('.png') ? 'png' : 'jpeg';
	return `<img src="data:image/${type};base64,${fs.readFileSync(at, 'base64')}" alt="">`;
}

/** Each paragraph of pictures becomes a row of figures, each under its own words. */
const withPictures = (html: string): string =>
	html.replace(/<p>((?:<img [^>]*>\s*)+)<\/p>/g, (_, row: string) => {
		const figures = row.replace(
			/<img src="([^"]+)" alt="([^"]*)"[^>]*>/g,
			(__, file: string, alt: string) =>
				`<figure role="img" aria-label="${alt}">${picture(file)}<figcaption>${alt}</figcaption></figure>`
		);
		return `<div class="figures">${figures}</div>`;
	});

interface Chapter {
	title: string;
	html: string;
}

/** One Markdown file: its first line is its title; a number of its own there gives way to that of its name. */
function read(file: string, label: string): Chapter {
	const text = fs.readFileSync(path.resolve(folder, file), 'utf8');
	const [, title = file, rest = ''] = /^# (?:\d+\. )?([^\n]+)\n([^]*)$/.exec(text) ?? [];
	return { title: `${label}. ${title}`, html: withPictures(marked.parse(rest, { async: false })) };
}

// Numbered as their files are, so that « chapitre 4 » is file 04 whatever is missing before it.
const parts = [
	...chapters.map((name) => read(name, String(Number(name.slice(0, 2))))),
	read('../objets.md', 'Annexe')
];
const cover = `<section class="cover"><h1>Capitoul, la ville dans la poche</h1>
<p>Rapport de projet. Application web pour téléphone et chaîne complète d’une ville connectée, d’abord pour Toulouse Métropole.</p>
<h2>Sommaire</h2><ul>${parts.map(({ title }, i) => `<li><a href="#c${i}">${title}</a></li>`).join('')}</ul></section>`;
const body =
	cover +
	parts
		.map(({ title, html }, i) => `<section id="c${i}"><h1>${title}</h1>${html}</section>`)
		.join('\n');
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
@page { size: A4; margin: 19mm 18mm 18mm; }
body { font: 10pt/1.42 Atkinson, sans-serif; color: #1c1916; }
section { break-before: page; } section:first-child { break-before: auto; }
h1 { font-size: 22pt; color: #a63c24; line-height: 1.15; margin: 0 0 6mm; }
h2 { font-size: 14pt; margin: 8mm 0 2mm; } h3 { font-size: 11.5pt; margin: 5mm 0 1mm; }
h1, h2, h3 { break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; margin: 3mm 0; }
td, th { border-bottom: 0.3mm solid #e7ded3; padding: 1.2mm 2mm 1.2mm 0; text-align: left; vertical-align: top; }
tr { break-inside: avoid; } tr:first-child, tr:nth-last-child(2), thead { break-after: avoid; } p:has(+ pre), p:has(+ table), p:has(+ ul) { break-after: avoid; }
code { font: 8.8pt ui-monospace, 'DejaVu Sans Mono', monospace; background: #f6efe6; padding: 0 0.6mm; overflow-wrap: anywhere; } td code { font-size: 8pt; overflow-wrap: break-word; }
pre { background: #f6efe6; padding: 3mm; border-radius: 2mm; white-space: pre-wrap; break-inside: avoid; } pre code { padding: 0; font-size: 6.9pt; }
figure { margin: 5mm 0; break-inside: avoid; } figure svg { width: 100%; height: auto; }
.figures { display: flex; gap: 6mm; justify-content: center; break-inside: avoid; } .figures figure { flex: 1 1 0; max-width: 100%; }
.figures figure:not(:only-child) { max-width: 44mm; } .figures img { width: 100%; border: 0.3mm solid #e7ded3; border-radius: 2mm; }
.cover h1 { font-size: 30pt; margin-top: 40mm; } .cover ul { list-style: none; padding: 0; } .cover li { margin: 1mm 0; }
 figcaption { font-size: 9pt; color: #5c534a; }
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
	`${path.relative(process.cwd(), out)} : ${parts.length} chapitres, ${fs.statSync(out).size} octets`
);
