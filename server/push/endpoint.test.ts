import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { openEmpty } from '../testing/databases.ts';
import { startPushService, type PushService } from '../testing/push-service.ts';
import { subscribed } from '../testing/push-subscription.ts';
import { checkEndpoint, remembered, type Resolve } from './endpoint.ts';
import { makeKeys } from './keys.ts';
import { enqueue } from './queue.ts';
import { Sender } from './sender.ts';
import { putSubscription } from './subscriptions.ts';
import { httpsTransport } from './transport.ts';
import { Vapid } from './vapid.ts';

let service: PushService;
beforeEach(async () => {
	service = await startPushService();
});
afterEach(() => service.stop());

/** Names as an attacker would have them: known names stay public, everything else leads inside. */
const names: Resolve = async (host) =>
	host === 'fcm.googleapis.com' ? ['142.250.1.1'] : ['127.0.0.1'];

/** Forms by which a server was made to write where it must not; `PORT` is one that really listens. */
const HOSTILE = [
	'http://fcm.googleapis.com/x',
	'http://127.0.0.1:PORT/x',
	'https://127.0.0.1:PORT/x',
	'https://127.0.0.1/x',
	'https://localhost:PORT/x',
	'https://localhost/x',
	'https://[::1]:PORT/x',
	'https://[::ffff:127.0.0.1]:PORT/x',
	'https://[::ffff:7f00:1]/x',
	'https://[::]/x',
	'https://0.0.0.0:PORT/x',
	'https://2130706433/x',
	'https://0x7f.1/x',
	'https://0177.0.0.1/x',
	'https://127.1:PORT/x',
	'https://10.0.0.1/x',
	'https://192.168.1.1/x',
	'https://169.254.169.254/latest/meta-data',
	'https://metadata.google.internal/x',
	'https://fcm.googleapis.com:PORT/x',
	'https://fcm.googleapis.com:80/x',
	'https://fcm.googleapis.com@127.0.0.1:PORT/x',
	'https://user:word@fcm.googleapis.com/x',
	'https://127.0.0.1:PORT\\@fcm.googleapis.com/x',
	'https://fcm.googleapis.com\\@127.0.0.1:PORT/x',
	'https://fcm.googleapis.com.attacker.example/x',
	'https://attackerfcm.googleapis.com/x',
	'https://fcm.googleapis.com./x',
	'https://FCM.googleapis.com/x',
	'https://fcm.googleapis.com%2f@127.0.0.1:PORT/x',
	'https://ｆcm.googleapis.com/x',
	'https://fcm。googleapis。com/x',
	'https://evil.push.apple.com/x', // a known ending whose name leads inside
	'https://evil.notify.windows.com/x',
	'https:fcm.googleapis.com/x',
	'https:///fcm.googleapis.com/x',
	'https://fcm.googleapis.com/x#@127.0.0.1',
	'https://fcm.googleapis.com\t/x',
	'https://fcm.googleapis.com/x y',
	'\nhttps://fcm.googleapis.com/x',
	'//127.0.0.1:PORT/x',
	'file:///etc/passwd',
	'data:text/plain,x',
	'javascript:alert(1)',
	'ftp://fcm.googleapis.com/x',
	'https://',
	'',
	`https://fcm.googleapis.com/${'x'.repeat(1024)}`
];

const keys = makeKeys();
const log = createLog('silent');
const p256dh = makeKeys().publicKey;
const auth = 'A'.repeat(22);

test(`${HOSTILE.length} hostile endpoints are refused when a phone subscribes, and when one is in the database`, async () => {
	expect(HOSTILE.length).toBeGreaterThanOrEqual(40);
	const database = await openEmpty();
	const forms = HOSTILE.map((form) => form.replace('PORT', service.host.split(':')[1] ?? ''));
	const gate = { allowedHosts: [], resolve: names };
	for (const [i, endpoint] of forms.entries()) {
		await expect(
			putSubscription(
				database,
				`d${i}`,
				{ endpoint, keys: { p256dh, auth } },
				{ key: '', gate, now: 0 }
			),
			JSON.stringify(endpoint)
		).rejects.toMatchObject({ code: 'endpoint_refused' });
		await subscribed(database.db, `d${i}`, { endpoint, p256dh, auth, seen_at: Date.now() });
		const text = { fr: 'x', en: 'x' };
		await enqueue(database.db, {
			device: `d${i}`,
			kind: 't',
			title: text,
			body: text,
			url: '/',
			ttl: 600
		});
	}
	const { post, close } = httpsTransport({ ca: service.ca, timeoutMs: 2_000 });
	let posted = 0;
	const stop = new AbortController();
	const sender = new Sender({
		database,
		vapid: new Vapid(keys, 'mailto:a@b.example', Date.now),
		post: (...message) => {
			posted++;
			return post(...message);
		},
		allowedHosts: [],
		origin: undefined,
		clock: Date.now,
		log,
		active: () => true,
		resolve: names
	});
	const running = sender.run(stop.signal);
	while ((await database.db.selectFrom('push_queue').select('id').execute()).length > 0)
		await new Promise((resolve) => setTimeout(resolve, 20));
	stop.abort();
	await running;
	close();
	expect(posted).toBe(0);
	expect(service.connections).toBe(0);
	expect(sender.failed).toBe(forms.length);
	await database.close();
});

test('the browsers’ own push services are let through, to the very address that was checked', async () => {
	const resolve: Resolve = async () => ['93.184.216.34', '2606:2800:220:1::1'];
	for (const endpoint of [
		'https://fcm.googleapis.com/fcm/send/abc:APA91b-_',
		'https://fcm.googleapis.com:443/fcm/send/abc',
		'https://updates.push.services.mozilla.com/wpush/v2/gAAA',
		'https://web.push.apple.com/QABC',
		'https://wns2-par02p.notify.windows.com/w/?token=BQ%2b%3d'
	])
		await expect(checkEndpoint(endpoint, { allowedHosts: [], resolve })).resolves.toMatchObject({
			address: '93.184.216.34'
		});
});

test('one private address among public ones is enough to refuse', async () => {
	for (const inside of [
		'10.1.2.3',
		'127.0.0.1',
		'::1',
		'fd00::1',
		'::ffff:10.0.0.1',
		'64:ff9b::7f00:1',
		'100.64.0.1'
	])
		await expect(
			checkEndpoint('https://fcm.googleapis.com/x', {
				allowedHosts: [],
				resolve: async () => ['93.184.216.34', inside]
			})
		).rejects.toMatchObject({ code: 'endpoint_refused' });
});

test('a name whose answer changes leads nowhere: what is checked is what is connected to', async () => {
	// Public when asked first, this machine from then on: the classic rebinding.
	let asked = 0;
	const changing: Resolve = async () => [asked++ === 0 ? '93.184.216.34' : '127.0.0.1'];
	let now = 0;
	const resolve = remembered(changing, () => now);
	const check = () => checkEndpoint('https://fcm.googleapis.com/x', { allowedHosts: [], resolve });
	expect((await check()).address).toBe('93.184.216.34');
	expect((await check()).address).toBe('93.184.216.34');
	now = 61_000;
	await expect(check()).rejects.toMatchObject({ code: 'endpoint_refused' });

	// The connection asks no resolver: a name that only this test's target knows is reached, and no other.
	const { post, close } = httpsTransport({ ca: service.ca, timeoutMs: 2_000 });
	const url = new URL(`https://localhost:${service.host.split(':')[1] ?? ''}/pinned`);
	await expect(post({ url, address: '127.0.0.1' }, {}, Buffer.from('x'))).resolves.toMatchObject({
		status: 201
	});
	close();
	const refusing = httpsTransport({ ca: service.ca, timeoutMs: 2_000 });
	await expect(
		refusing.post({ url, address: '127.255.255.254' }, {}, Buffer.from('x'))
	).rejects.toThrow(/ECONNREFUSED|127\.255\.255\.254/);
	refusing.close();
	expect(service.received.map(({ path }) => path)).toEqual(['/pinned']);
});

test('a resolver that does not answer refuses nobody for good', async () => {
	const resolve: Resolve = async () => Promise.reject(new Error('EAI_AGAIN'));
	await expect(
		checkEndpoint('https://fcm.googleapis.com/x', { allowedHosts: [], resolve })
	).rejects.toMatchObject({ code: 'endpoint_unresolved' });
});

test('the operator’s own host passes with its port, and nothing beside it', async () => {
	const allowedHosts = ['push.village.example', '127.0.0.1:8443'];
	const resolve: Resolve = async () => ['10.0.0.9'];
	const check = (endpoint: string) => checkEndpoint(endpoint, { allowedHosts, resolve });
	await expect(check('https://push.village.example/x')).resolves.toMatchObject({
		address: '10.0.0.9'
	});
	await expect(check('https://127.0.0.1:8443/x')).resolves.toMatchObject({ address: '127.0.0.1' });
	for (const other of [
		'https://push.village.example:8443/x',
		'https://127.0.0.1/x',
		'https://127.0.0.1:8444/x'
	])
		await expect(check(other)).rejects.toMatchObject({ code: 'endpoint_refused' });
});
