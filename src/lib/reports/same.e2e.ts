import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startApp, type App } from '#server/testing/app.ts';
import { expect, test } from '#server/testing/e2e.ts';

const ID = '0b8e8a3e-6f0e-4d4c-9a51-2b7f7a3c9d10';

/** The app's own database, for what an agent does and for what is counted. */
function inDatabase<T>(app: App, work: (db: DatabaseSync) => T): T {
	const db = new DatabaseSync(path.join(app.dataDir, 'app.db'));
	try {
		return work(db);
	} finally {
		db.close();
	}
}

test('an open report nearby is proposed without a network too, and « c’est le même » arrives once when it is back', async ({
	browser
}) => {
	const app = await startApp();
	const context = await browser.newContext();
	const page = await context.newPage();
	try {
		const form = new FormData();
		const report = {
			id: ID,
			category: 'eclairage',
			answers: { quoi: 'eteint' },
			description: '<b onclick=1>Noir</b> devant le théâtre',
			location: { lon: 1.4442, lat: 43.6045 },
			createdAt: new Date().toISOString()
		};
		form.append('report', JSON.stringify(report));
		const taken = await fetch(`${app.url}/api/v1/reports`, { method: 'POST', body: form });
		expect(taken.status).toBe(201);
		inDatabase(app, (db) => db.exec("UPDATE reports SET visibility = 'published'"));

		await page.goto(`${app.url}/signaler`);
		await expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', {
			timeout: 20_000
		});
		await page.reload(); // in the worker's hands: what the city says is kept
		await expect(page.getByRole('button', { name: /^Continuer/ })).toBeVisible();
		await context.setOffline(true);
		await page.reload();
		await page.getByRole('button', { name: /^Continuer/ }).click();
		await page.getByRole('button', { name: 'Poser l’épingle ici' }).click();
		await expect(page.getByRole('heading', { name: 'Déjà signalé ici ?' })).toBeVisible();
		await expect(page.getByText(report.description)).toBeVisible();
		await page.getByRole('button', { name: 'C’est le même' }).click();
		await expect(page.getByText('Ajouté')).toBeVisible();
		const counted = () =>
			inDatabase(app, (db) =>
				db.prepare("SELECT count(*) AS n FROM report_marks WHERE kind = 'confirmation'").get()
			);
		expect(counted()).toEqual({ n: 0 });
		await context.setOffline(false);
		await expect.poll(counted).toEqual({ n: 1 });
		await page.getByRole('link', { name: 'Mes envois' }).click();
		await expect(page.locator('[data-state="sent"]')).toHaveCount(1);
	} finally {
		await context.close();
		await app.stop();
	}
});
