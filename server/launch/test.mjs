// npm test: installs and builds what is missing, then runs everything: types, lint, unit and integration, end to end.
import { layout, mistakes, types, workerTypes } from './checks.mjs';
import { build, install, sync } from './node24.mjs';
import { steps } from './steps.mjs';

install();
if (!build()) sync();
const endToEnd = ['e2e', 'node_modules/playwright/cli.js', 'test'];
const unit = ['unit', 'node_modules/vitest/vitest.mjs', 'run'];
// The pages first: they take longest, and the checks fill what they leave of the machine. The tests of services, whose promises
// have a clock, come last, when it is quieter.
await steps([endToEnd, types, workerTypes, layout, mistakes, unit]);
