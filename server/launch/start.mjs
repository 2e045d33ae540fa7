// npm start: installs and builds what is missing, then becomes the embedded shape.
import { become, build, install, node24 } from './node24.mjs';

install();
build();
become(node24(), ['server/main.ts', ...process.argv.slice(2)]);
