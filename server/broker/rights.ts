import { PREFIX } from '../../src/lib/topics.ts';
import { covers, isFilter, isTopic } from './filters.ts';

/** Accounts of our own services; `capitoul` is the whole program in one process in front of an external broker. */
export const SERVICES = [
	'intake',
	'frames',
	'districts',
	'connectors',
	'simulator',
	'web',
	'alerts',
	'nodered',
	'capitoul'
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Who is at the other end of a connection. A phone is anybody who gave no name. */
export type Role =
	{ kind: 'phone' } | { kind: 'device'; id: string } | { kind: 'service'; name: ServiceName };

/** Topic filters below the prefix; `{id}` stands for the device's own id, one whole level. */
interface Rights {
	readonly publish: readonly string[];
	readonly subscribe: readonly string[];
}

const STATUS = 'service/+/status';
const service = (publish: string[], subscribe: string[]): Rights => ({
	publish: [STATUS, ...publish],
	subscribe: [STATUS, ...subscribe]
});

/** The rights of everybody (CONTRACT 2): Aedes' hooks ask this table, Mosquitto's `acl_file` is written from it. */
export const RIGHTS: Readonly<Record<'phone' | 'device' | ServiceName, Rights>> = {
	phone: { publish: [], subscribe: ['live/#', 'district/#', 'alert/#', STATUS] },
	device: { publish: ['raw/+/{id}'], subscribe: [] },
	intake: service(['state/+/+', 'dead/+'], ['raw/+/+', 'state/#']),
	frames: service(['live/+/+'], ['state/#', 'live/#']),
	districts: service(['district/+/+'], ['raw/+/+', 'state/#', 'district/#']),
	connectors: service(['raw/+/+', 'dead/+'], ['state/#']),
	simulator: service(['raw/+/+'], ['state/#']),
	web: service([], ['state/#', 'live/#', 'district/#', 'alert/#']),
	alerts: service(['alert/+', 'dead/+'], ['state/#', 'district/#', 'alert/#']),
	nodered: service(['alert/+'], ['raw/#', 'state/#', 'live/#', 'district/#', 'alert/#', 'dead/#']),
	capitoul: service(
		['raw/+/+', 'state/+/+', 'dead/+', 'live/+/+', 'district/+/+', 'alert/+'],
		['raw/#', 'state/#', 'live/#', 'district/#', 'alert/#', 'dead/#']
	)
};

const full = (rights: readonly string[], id: string) =>
	rights.map((filter) => `${PREFIX}/${filter.replace('{id}', id)}`);

const compiled = new Map<string, Rights>(
	(['phone', ...SERVICES] as const).map((name) => [
		name,
		{ publish: full(RIGHTS[name].publish, ''), subscribe: full(RIGHTS[name].subscribe, '') }
	])
);

function rightsOf(role: Role): Rights {
	if (role.kind === 'device')
		return {
			publish: full(RIGHTS.device.publish, role.id),
			subscribe: full(RIGHTS.device.subscribe, role.id)
		};
	return compiled.get(role.kind === 'phone' ? 'phone' : role.name) ?? NOTHING;
}
const NOTHING: Rights = { publish: [], subscribe: [] };

/** Whether this role may publish to this topic, as a message, a retained message or a last will. */
export function mayPublish(role: Role, topic: string): boolean {
	return isTopic(topic) && rightsOf(role).publish.some((allowed) => covers(allowed, topic));
}

/** Whether a subscription lies wholly inside what this role may read. `$share/…` and `$SYS` lie in nobody's. */
export function maySubscribe(role: Role, filter: string): boolean {
	return isFilter(filter) && rightsOf(role).subscribe.some((allowed) => covers(allowed, filter));
}
