// npm run …: every script of package.json on Node 24, whatever Node npm itself runs on.
import { become, build, install, node24, sync } from './node24.mjs';
import { layout, mistakes, types, workerTypes } from './checks.mjs';
import { steps } from './steps.mjs';

install();
const node = node24();
const [name, ...args] = process.argv.slice(2);
const scripts = {
	build: () => build({ force: true }),
	check: () => {
		sync();
		return steps([[...types, ...args], workerTypes]);
	},
	lint: () => {
		sync();
		return steps([[...mistakes, ...args], layout]);
	},
	vite: () => become(node, ['server/launch/dev.ts', ...args]),
	vitest: () => become(node, ['node_modules/vitest/vitest.mjs', ...args]),
	e2e: () => {
		build();
		become(node, ['node_modules/playwright/cli.js', 'test', ...args]);
	},
	load: () => {
		build();
		become(node, ['simulator/load/main.ts', ...args]);
	},
	bench: () => {
		build();
		become(node, ['simulator/bench/main.ts', ...args]);
	},
	soak: () => become(node, ['server/soak/main.ts', ...args]),
	mutations: () => become(node, ['server/soak/mutations.ts', ...args]),
	audit: () => become(node, ['server/ops/audit.ts', ...args]),
	rapport: () => become(node, ['docs/rapport/rapport.ts', ...args]),
	simulate: () => become(node, ['simulator/main.ts', ...args]),
	setup: () => become(node, ['server/setup/main.ts', ...args]),
	history: () => become(node, ['server/history/cli.ts', ...args]),
	stack: () => become(node, ['server/stack/main.ts', ...args]),
	probe: () => become(node, ['server/ops/probe-cli.ts', ...args]),
	report: () => become(node, ['server/reports/cli.ts', ...args]),
	device: () => become(node, ['server/broker/device.ts', ...args])
};

const script = scripts[name];
if (!script) {
	console.error(`run.mjs: no script named ${name}; there are: ${Object.keys(scripts).join(', ')}`);
	process.exit(64);
}
await script();
