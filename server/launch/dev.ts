import { createServer } from 'vite';
import { ROLES, startApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';

// npm run dev: the whole embedded shape, its pages made by Vite and made again at each change.

const config = readConfig(process.env);
const log = createLog(process.env['LOG_LEVEL'] ?? 'warn');

const app = await startApp(config, new Set(ROLES), log, async (server) => {
	const vite = await createServer({
		server: { middlewareMode: true, hmr: { server } },
		appType: 'custom'
	});
	return (req, res, next) => vite.middlewares(req, res, next);
});
globalThis.capitoulServices = app.services;
console.log(`Capitoul (développement) : ${app.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.on(signal, () => void app.stop().then(() => process.exit(0)));
