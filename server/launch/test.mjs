// npm test: installs and builds what is missing, then runs everything: types, lint, unit and integration, end to end.
import { layout, mistakes, types, workerTypes } from './checks.mjs';
import { build, install, sync } from './node24.mjs';
import { steps } from './steps.mjs';

install();
if (!build()) sync();
const endToEnd = ['e2e', 'node_modules/playwright/cli.js', 'test'];
const unit = ['unit', 'node_modules/vitest/vitest.mjs', 'run'];
// The tests first: they wait as long as they work, and the checks fill what they leave of the machine.
await steps([endToEnd, unit, mistakes, types, layout, workerTypes]);
