import { run } from '#server/reports/cli.ts';
import { aReport, upload } from '#server/reports/testing.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { station } from '#server/testing/city.ts';
import { expect, test } from '#server/testing/e2e.ts';

let app: App;

test.beforeAll(async () => {
	app = await startApp();
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
});
test.afterAll(() => app.stop());
test.use({ javaScriptEnabled: false });

const agent = (...args: string[]) => run(args, { DATA_DIR: app.dataDir });

async function sent() {
	const answer = await fetch(`${app.url}/api/v1/reports`, {
		method: 'POST',
		body: upload(aReport())
	});
	const { id, followToken } = (await answer.json()) as { id: string; followToken: string };
	await agent('publish', id);
	return { id, followToken };
}

test('language and appearance are chosen by a form', async ({ page }) => {
	await page.goto(`${app.url}/a-propos`);
	await page.getByRole('button', { name: 'Sombre' }).click();
	await expect(page).toHaveURL(`${app.url}/a-propos`);
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await page.getByRole('button', { name: 'English' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('About Capitoul');
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('a report is followed, confirmed, contested, told of and erased by forms', async ({
	page
}) => {
	const { id, followToken } = await sent();
	const address = `${app.url}/signalement/${id}`;
	const done = (words: RegExp) => expect(page.getByRole('status').first()).toHaveText(words);
	await page.goto(address);
	await page.getByRole('button', { name: 'Suivre' }).click();
	await done(/Vous suivez ce signalement/);
	await page.getByRole('button', { name: 'C’est aussi mon cas' }).click();
	await done(/c’est aussi votre cas/);
	await page.getByText('Signaler un contenu gênant').click();
	await page.getByRole('textbox').fill('Un visage');
	await page.getByRole('button', { name: 'Prévenir un agent' }).click();
	await done(/un agent va regarder/);
	await agent('set', id, 'fixed');
	await page.goto(address);
	await page.locator('summary').first().click();
	await page.locator('form[action="?/contester"] button').click();
	await done(/rouvert/);
	await page.goto(`${address}?suivi=${followToken}`);
	await page.getByText('Effacer mes données').click();
	await page.locator('form[action="?/effacer"] button').click();
	await expect(page).toHaveURL(`${app.url}/signalements?fait=efface`);
	await done(/C’est effacé/);
});

test('what cannot be done is said on the page, in words', async ({ page }) => {
	const { id } = await sent();
	await page.goto(`${app.url}/signalement/${id}?suivi=x`);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Rien à cette adresse');
	await page.goto(`${app.url}/signalement/${id}`);
	await agent('hide', id);
	await page.getByRole('button', { name: 'Suivre' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await expect(page.locator('main')).not.toContainText('{');
});

test('reports are filtered, another hour is shown and a place is searched by forms', async ({
	page
}) => {
	await page.goto(`${app.url}/signalements`);
	await page.locator('select[name="category"]').selectOption('bruit');
	await page.getByRole('button', { name: 'Afficher' }).click();
	await expect(page.locator('select[name="category"]')).toHaveValue('bruit');
	await page.goto(app.url);
	await page.getByText('Il y a…').click();
	await page.getByRole('button', { name: 'Voir' }).click();
	await expect(page).toHaveURL(/jour=.*heure=/);
	await expect(page.getByText('Pas en direct')).toBeVisible();
	await page.goto(app.url);
	await page.getByRole('searchbox').fill('capitole');
	await page.getByRole('searchbox').press('Enter');
	await expect(page.getByRole('list', { name: 'Résultats' })).toContainText('Place du Capitole');
});

test('the home page lists the districts, and the address of a search shows it', async ({
	page
}) => {
	await page.goto(app.url);
	const districts = page.getByRole('navigation', { name: 'Par quartier' }).getByRole('link');
	await expect(districts).toHaveCount(20);
	await districts.first().click();
	await expect(page).toHaveURL(`${app.url}/quartier/quartier-1`);
	await page.goto(`${app.url}/recherche?q=capitole`);
	await expect(page).toHaveURL(`${app.url}/?q=capitole`);
});
