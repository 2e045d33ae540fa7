import { DEVICE_PASSWORD, type App } from './app.ts';

/** A bike station near the Capitole, as a feed would tell it. */
export interface Station {
	id: string;
	name: string;
	bikes: number;
	docks?: number;
	location?: [lon: number, lat: number];
	/** How long ago it was observed. */
	agoMs?: number;
}

/** Publishes one raw message by the HTTP door and waits for its acknowledgement. */
export async function publish(
	app: App,
	layer: string,
	id: string,
	payload: Record<string, unknown>
): Promise<void> {
	const answer = await fetch(`${app.url}/api/v1/raw/${layer}/${id}`, {
		method: 'POST',
		headers: {
			authorization: `Basic ${Buffer.from(`${id}:${DEVICE_PASSWORD}`).toString('base64')}`,
			'content-type': 'application/json'
		},
		body: JSON.stringify({ dateObserved: new Date().toISOString(), ...payload })
	});
	if (answer.status !== 202) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
}

export async function station(app: App, { agoMs = 0, ...it }: Station): Promise<void> {
	await publish(app, 'bike', it.id, {
		dateObserved: new Date(Date.now() - agoMs).toISOString(),
		name: it.name,
		location: { type: 'Point', coordinates: it.location ?? [1.4442, 43.6045] },
		source: 'vélÔToulouse',
		availableBikeNumber: it.bikes,
		freeSlotNumber: it.docks ?? 5,
		status: 'working'
	});
}

/** Waits until the server's own picture holds `ids`, so that a first HTML asked next shows them. */
export async function known(app: App, ids: readonly string[]): Promise<void> {
	const deadline = Date.now() + 10_000;
	for (const id of ids) {
		while (!(await fetch(`${app.url}/api/v1/entities/${id}`)).ok) {
			if (Date.now() > deadline) throw new Error(`${id} never reached the picture`);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
}
