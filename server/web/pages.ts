import type { IncomingMessage, ServerResponse } from 'node:http';
import { prepareAdapter } from './proxy.ts';

type PageHandler = (req: IncomingMessage, res: ServerResponse, next: () => void) => unknown;

/** SvelteKit's handler from the build; says what to do where there is none. */
export async function builtPages(origin: string | undefined): Promise<PageHandler> {
	prepareAdapter(origin);
	const built = new URL('../../build/handler.js', import.meta.url).href;
	const { handler } = (await import(built).catch((error: unknown) => {
		throw new Error('the app is not built: run npm run build first', { cause: error });
	})) as { handler: PageHandler };
	return handler;
}
