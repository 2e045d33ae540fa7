// npm test: installs and builds what is missing, then runs everything: types, lint, unit and integration, end to end.
import { build, install, node24, root, run } from './node24.mjs';

install();
build();
const node = node24();
const script = (name, ...args) => run(node, ['server/launch/run.mjs', name, ...args]);
process.chdir(root);
script('check');
script('lint');
script('vitest', 'run');
script('e2e');
