import type { Page } from 'playwright/test';
import { startApp, type App } from './app.ts';
import { loopbackCertificate } from './certificate.ts';
import { startPushService, type PushService } from './push-service.ts';

/** The app and the push service it may send to. */
export async function startPushApp(): Promise<{
	app: App;
	service: PushService;
	stop: () => Promise<void>;
}> {
	const service = await startPushService();
	const app = await startApp({
		PUSH_ALLOWED_HOSTS: service.host,
		NODE_EXTRA_CA_CERTS: loopbackCertificate().file
	});
	return {
		app,
		service,
		stop: async () => {
			await app.stop();
			await service.stop();
		}
	};
}

/** Chromium cannot reach a push service here: what it would answer is put in its place. */
export async function stubPush(page: Page, subscription: object): Promise<void> {
	await page.addInitScript((json) => {
		PushManager.prototype.getSubscription = () => Promise.resolve(null);
		PushManager.prototype.subscribe = () =>
			Promise.resolve({ toJSON: () => json } as unknown as PushSubscription);
	}, subscription);
}
