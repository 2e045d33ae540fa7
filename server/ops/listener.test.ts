import { afterEach, expect, test } from 'vitest';
import { startWhole } from '../testing/whole.ts';

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
	await stop?.();
	stop = undefined;
});

const series = (body: string, name: string) =>
	body.split('\n').filter((line) => line.startsWith(name));

test('a process without the web tells its figures and its health on METRICS_PORT, and nothing else', async () => {
	const whole = await startWhole({}, ['intake', 'frames']);
	stop = whole.stop;
	const at = (path: string) => new URL(path, whole.metricsUrl);
	const answer = await fetch(at('/metrics'));
	expect(answer.headers.get('content-type')).toContain('text/plain');
	const body = await answer.text();
	expect(series(body, 'capitoul_service_info')).toEqual([
		'capitoul_service_info{service="intake",instance_name="test",version="0.1.0"} 1',
		'capitoul_service_info{service="frames",instance_name="test",version="0.1.0"} 1'
	]);
	expect(body).toContain('capitoul_broker_connected{account="frames"} 1');
	expect(body).toContain('capitoul_ready 1');
	expect(await (await fetch(at('/healthz'))).json()).toEqual({ status: 'alive' });
	expect((await fetch(at('/readyz'))).status).toBe(200);
	expect((await fetch(at('/api/v1/layers'))).status).toBe(404);
	expect((await fetch(at('/metrics'), { method: 'POST' })).status).toBe(404);
});

test('the way of a reading is told: its age on arrival, its commit, its frame', async () => {
	const whole = await startWhole({ MQTT_DEVICE_PASSWORD: 'secret' });
	stop = whole.stop;
	const observed = new Date(Date.now() - 3_000).toISOString();
	const message = {
		dateObserved: observed,
		availableBikeNumber: 4,
		location: { type: 'Point', coordinates: [1.4442, 43.6045] }
	};
	await whole.app.services.door.publish(
		'bike-test-1',
		'secret',
		'capitoul/v1/raw/bike/bike-test-1',
		Buffer.from(JSON.stringify(message))
	);
	let body = '';
	await expect
		.poll(async () => (body = await (await fetch(whole.metricsUrl)).text()))
		.toContain('capitoul_frame_age_seconds_count{layer="bike"} 1');
	expect(body).toContain('capitoul_reading_age_seconds_bucket{layer="bike",le="2"} 0');
	expect(body).toContain('capitoul_reading_age_seconds_bucket{layer="bike",le="15"} 1');
	expect(body).toContain('capitoul_frame_age_seconds_bucket{layer="bike",le="2"} 0');
	expect(body).toContain('capitoul_frame_delay_seconds_bucket{layer="bike",le="10"} 1');
	expect(body).toContain('capitoul_commit_seconds_count 1');
	expect(body).toContain('capitoul_city_entities{layer="bike",freshness="fresh"} 1');
});
