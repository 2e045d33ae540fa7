import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '#server/testing/app.ts';
import { known, station } from '#server/testing/city.ts';
import { freePort } from '#server/testing/ports.ts';
import { real } from '#server/testing/real.ts';
import { scratch } from '#server/testing/scratch.ts';
import { WebKit, webkitCommands } from '#server/testing/webkit.ts';

const commands = webkitCommands();
const built = real('the built app (npm run build)', path.resolve('build/handler.js'));

const figure = (id: string) => `document.querySelector(
	'[data-entity="${id}"] [data-attribute="availableBikeNumber"]')?.dataset.value`;

/** The addresses of the reports the server holds. */
function held(dataDir: string): unknown[] {
	const db = new DatabaseSync(path.join(dataDir, 'app.db'), { readOnly: true });
	try {
		return db
			.prepare('SELECT address FROM reports')
			.all()
			.map((row) => row['address']);
	} finally {
		db.close();
	}
}

test.skipIf(!commands || !built)(
	'in WebKit: the list, the app reopened without its server, a report that leaves by itself when it is back',
	{ timeout: 90_000 },
	async () => {
		if (!commands) return;
		const port = String(await freePort());
		let app = await startApp({ PORT: port });
		onTestFinished(() => app.kill());
		const { url, dataDir } = app;
		await station(app, { id: 'bike-essai-1', name: 'Capitole', bikes: 7, agoMs: 4 * 60_000 });
		await station(app, { id: 'bike-essai-2', name: 'Wilson', bikes: 4, agoMs: 4 * 60_000 });
		await known(app, ['bike-essai-1', 'bike-essai-2']);
		const phone = await WebKit.start(commands);
		onTestFinished(() => phone.stop());

		// A bare Debian has no French locale for WebKit to ask in: the person's choice in the settings says it.
		await phone.open(`${url}/healthz`);
		await phone.cookie('langue', 'fr');
		await phone.open(url);
		await phone.until(`return ${figure('bike-essai-1')} === '7'`, 'a value on the list');
		expect(await phone.run(`return document.querySelectorAll('[data-entity]').length`)).toBe(2);
		await phone.until(`return document.documentElement.dataset.offline === 'ready'`, 'ready');

		// MiniBrowser keeps nothing from one automated start to the next: reopening is a fresh tab after the last one closed.
		await app.kill();
		await phone.freshTab();
		await phone.open(url);
		await phone.until(`return ${figure('bike-essai-2')} === '4'`, 'the last value, without server');
		const item = await phone.run(
			`return document.querySelector('[data-entity="bike-essai-1"]').textContent`
		);
		expect(item).toMatch(/il y a [45]\s*min/);
		await phone.until(
			`return /Sans réseau depuis/.test(document.body.textContent)`,
			'the band that says there is no network'
		);

		// A page never visited, all its screens, a photo re-encoded by WebKit.
		await phone.open(`${url}/signaler`);
		const photo = path.join(scratch('capitoul-photo-'), 'photo.jpg');
		await sharp({ create: { width: 320, height: 240, channels: 3, background: '#7799bb' } })
			.jpeg()
			.toFile(photo);
		await phone.type(`//input[@type='file']`, photo);
		await phone.click(`//button[contains(., 'Garder cette photo')]`);
		// While the photo is being made the button does nothing: pressed again, as a person would.
		const address = `//label[contains(., 'Adresse ou repère')]//input`;
		const there = `return document.evaluate(${JSON.stringify(address)}, document, null, 9).singleNodeValue !== null`;
		for (let tries = 0; tries < 6; tries++) {
			await phone.click(`//button[starts-with(normalize-space(), 'Continuer')]`);
			const come = phone.until(there, 'the screen of the place', 4_000);
			if (
				await come.then(
					() => true,
					() => false
				)
			)
				break;
		}
		await phone.type(address, '1 rue de Metz');
		await phone.click(`//button[normalize-space()='Continuer']`);
		await phone.click(`//button[contains(., 'Éclairage')]`);
		await phone.click(`//label[contains(., 'Un lampadaire est éteint')]`);
		await phone.click(`//button[normalize-space()='Continuer']`);
		await phone.click(`//button[contains(., 'Enregistrer et envoyer')]`);
		await phone.until(
			`return /Enregistré sur ce téléphone/.test(document.body.textContent)`,
			'the word that it is kept'
		);
		expect(await phone.run(`return document.querySelectorAll('[data-report]').length`)).toBe(1);

		app = await startApp({ PORT: port }, { dataDir });
		await phone.until(
			`return document.querySelector('[data-report]')?.dataset.state === 'sent'`,
			'the report sent',
			30_000
		);
		expect(held(dataDir)).toEqual(['1 rue de Metz']);
	}
);
