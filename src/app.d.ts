import type { Services } from '#server/city/services.ts';

declare global {
	namespace App {
		interface Locals {
			services: Services;
		}
		interface Platform {
			req: { services?: Services };
		}
	}
	// `vite dev` has no custom entry: the composition root leaves the services here.
	// eslint-disable-next-line no-var
	var capitoulServices: Services | undefined;
}

export {};
