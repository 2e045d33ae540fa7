import { expect, onTestFinished, test } from 'vitest';
import { influx2 } from '../testing/influx2.ts';
import { setUpInflux, type TokenName } from './influx.ts';

const admin = {
	username: 'capitoul',
	password: 'a-long-password',
	token: 'root-token',
	org: 'capitoul'
};
const retention = { rawDays: 35, quarterDays: 400, hourDays: 800 };

test('an empty InfluxDB 2 gets its buckets with their retention, and a token of least right for each', async () => {
	const server = await influx2();
	onTestFinished(() => void server.close());
	const made = await setUpInflux(server.url, admin, 'capitoul', retention, () => false);
	expect(server.buckets.map(({ name, everySeconds }) => [name, everySeconds / 86_400])).toEqual([
		['capitoul', 35],
		['capitoul_15m', 400],
		['capitoul_1h', 800],
		['capitoul_import', 0]
	]);
	const rights = (name: TokenName) => {
		const found = server.authorizations.find(({ token }) => token === made[name]);
		return new Set(found?.permissions.map(({ action, resource }) => `${action} ${resource.type}`));
	};
	expect(rights('intake')).toEqual(new Set(['read buckets', 'write buckets']));
	expect(rights('web')).toEqual(new Set(['read buckets']));
	expect(rights('grafana')).toEqual(new Set(['read buckets']));
	for (const { permissions } of server.authorizations)
		expect(permissions.every(({ resource }) => resource.id !== undefined)).toBe(true);
});

test('a second run makes nothing; a token whose text was lost is made anew and the lost one ends', async () => {
	const server = await influx2();
	onTestFinished(() => void server.close());
	const first = await setUpInflux(server.url, admin, 'capitoul', retention, () => false);
	expect(await setUpInflux(server.url, admin, 'capitoul', retention, () => true)).toEqual({});
	const again = await setUpInflux(
		server.url,
		admin,
		'capitoul',
		retention,
		(name) => name !== 'web'
	);
	expect(Object.keys(again)).toEqual(['web']);
	const standing = server.authorizations.map(({ token }) => token);
	expect(standing).toHaveLength(3);
	expect(standing).not.toContain(first.web);
	expect(standing).toContain(first.intake);
});

test('somebody else’s server is left as it is: a wrong token fails at once', async () => {
	const server = await influx2();
	onTestFinished(() => void server.close());
	await setUpInflux(server.url, admin, 'capitoul', retention, () => false);
	await expect(
		setUpInflux(server.url, { ...admin, token: 'guessed' }, 'capitoul', retention, () => false)
	).rejects.toThrow(/unauthorized/);
	expect(server.authorizations).toHaveLength(3);
});
