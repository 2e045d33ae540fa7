// The peer: `web-push` in a loop, as many at once as we have, on kept connections, without any queue.
import https from 'node:https';
import webpush from 'web-push';
import { PUSH_BODY, pushKeys } from '../push-load.ts';

const [port = '', count = '0'] = process.argv.slice(2);
const keys = webpush.generateVAPIDKeys();
const agent = new https.Agent({ keepAlive: true, maxSockets: 100 });
const subscriptions = Array.from({ length: Number(count) }, (_, i) => ({
	endpoint: `https://127.0.0.1:${port}/push/${i}`,
	keys: pushKeys(i)
}));
const payload = JSON.stringify({
	web_push: 8030,
	notification: { title: PUSH_BODY, body: PUSH_BODY, lang: 'fr', navigate: '/' }
});
const before = process.cpuUsage();
const from = performance.now();
let sent = 0;
const worker = async () => {
	for (let next = subscriptions.pop(); next; next = subscriptions.pop()) {
		await webpush.sendNotification(next, payload, {
			vapidDetails: { subject: 'mailto:a@b.example', ...keys },
			TTL: 600,
			agent
		});
		sent++;
	}
};
await Promise.all(Array.from({ length: 100 }, worker));
const { user, system } = process.cpuUsage(before);
process.send?.({
	sent,
	cpuSeconds: (user + system) / 1e6,
	seconds: (performance.now() - from) / 1000
});
agent.destroy();
process.disconnect();
