import type { DirtySpan } from './dirty.ts';
import { identifier, type InfluxClient } from './influx-client.ts';
import { Lines } from './influx-line.ts';
import type { databases } from './influx-server.ts';
import { writeLines, type RejectedLine } from './influx-writer.ts';
import type { Rollup } from './rollup.ts';
import { HOUR_MS } from './store.ts';

/** Where the rollups of a span live: databases of their own, or measurements of their own among what is kept. */
export function places(names: ReturnType<typeof databases>, kept: boolean, layer: string) {
	return kept
		? {
				raw: { db: names.kept, measurement: layer },
				r15: { db: names.kept, measurement: `${layer}_15m` },
				r60: { db: names.kept, measurement: `${layer}_1h` }
			}
		: {
				raw: { db: names.raw, measurement: layer },
				r15: { db: names.quarter, measurement: layer },
				r60: { db: names.hour, measurement: layer }
			};
}

/** Makes the 15-min and hourly rollups of a span anew from its raw readings: late ones come out right, twice is once. */
export async function rollUpSpan(
	client: InfluxClient,
	names: ReturnType<typeof databases>,
	{ kept, layer, attribute, from, to }: DirtySpan
): Promise<RejectedLine[]> {
	const { raw, r15, r60 } = places(names, kept, layer);
	const a = identifier(attribute);
	const tables = await client.query(
		raw.db,
		`SELECT count(${a}), sum(${a}), min(${a}), max(${a}) FROM ${identifier(raw.measurement)} ` +
			`WHERE time >= ${from * HOUR_MS}ms AND time < ${to * HOUR_MS}ms ` +
			`GROUP BY time(15m), "entity", "district" fill(none)`
	);
	const quarters = new Lines();
	const hours = new Lines();
	for (const { tags, values } of tables) {
		const entity = tags['entity'] ?? '';
		const district = tags['district'] || undefined;
		const add = (to: Lines, measurement: string, t: number, { n, sum, min, max }: Rollup) => {
			to.add(measurement, entity, district, t, `${attribute}_n`, n);
			to.add(measurement, entity, district, t, `${attribute}_sum`, sum);
			to.add(measurement, entity, district, t, `${attribute}_min`, min);
			to.add(measurement, entity, district, t, `${attribute}_max`, max);
		};
		const byHour = new Map<number, Rollup>();
		for (const row of values) {
			const [t = 0, n = 0, sum = 0, min = 0, max = 0] = row.map(Number);
			if (n === 0) continue;
			add(quarters, r15.measurement, t, { n, sum, min, max });
			const start = Math.floor(t / HOUR_MS) * HOUR_MS;
			const hour = byHour.get(start);
			byHour.set(
				start,
				hour
					? {
							n: hour.n + n,
							sum: hour.sum + sum,
							min: Math.min(hour.min, min),
							max: Math.max(hour.max, max)
						}
					: { n, sum, min, max }
			);
		}
		for (const [t, hour] of byHour) add(hours, r60.measurement, t, hour);
	}
	return [
		...(await writeLines(client, r15.db, quarters.all)),
		...(await writeLines(client, r60.db, hours.all))
	];
}
