import fs from 'node:fs';

/** CPU seconds used so far and memory now, by part of the stack. */
export type Usage = Map<string, { cpu: number; kib: number }>;

interface Entry {
	pid: number;
	parent: number;
	cpu: number;
	kib: number;
	command: string;
}

const PAGE_KIB = 4;
const TICKS = 100;

function entry(pid: number): Entry | undefined {
	try {
		const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return {
			pid,
			parent: Number(fields[1]),
			cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
			kib: Number(fields[21]) * PAGE_KIB,
			command: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
		};
	} catch {
		return undefined; // gone meanwhile
	}
}

/** Every process started by this one, or by one of those (Linux). */
export function descendants(): Entry[] {
	const all = fs
		.readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => entry(Number(name)) ?? []);
	const ours = new Set([process.pid]);
	for (let size = 0; size !== ours.size;) {
		size = ours.size;
		for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
	}
	return all.filter(({ pid }) => ours.has(pid) && pid !== process.pid);
}

function part(command: string): string {
	const role = /main\.ts --only (\w+)/.exec(command)?.[1];
	if (role !== undefined) return role;
	if (command.includes('mosquitto')) return 'mosquitto';
	if (command.includes('influxd')) return 'influxdb';
	if (command.startsWith('nginx')) return 'nginx';
	return command.includes('nginx.conf') ? 'nginx' : 'load';
}

/** What every part of the stack uses; several processes of a role are one part. The load itself is `load`. */
export function usage(): Usage {
	const found: Usage = new Map();
	const own = entry(process.pid);
	for (const { command, cpu, kib } of [...descendants(), ...(own ? [own] : [])]) {
		const name = part(command);
		const sum = found.get(name) ?? { cpu: 0, kib: 0 };
		found.set(name, { cpu: sum.cpu + cpu, kib: sum.kib + kib });
	}
	return found;
}

export interface Used {
	/** CPU seconds per second: 1 is a whole core. */
	cores: number;
	mib: number;
}

/** What was used between two moments `seconds` apart. */
export function between(before: Usage, after: Usage, seconds: number): Record<string, Used> {
	const found: Record<string, Used> = {};
	for (const [name, { cpu, kib }] of after)
		found[name] = {
			cores: round((cpu - (before.get(name)?.cpu ?? 0)) / seconds, 100),
			mib: Math.round(kib / 1_024)
		};
	return found;
}
const round = (value: number, by: number) => Math.round(value * by) / by;

/** Ends every process this one started, by pid. For the end of this process, whatever ends it. */
export function endAll(): void {
	for (const { pid } of descendants())
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// gone already
		}
}
