import type { AppError } from '#lib/errors.ts';
import type { Step } from '#lib/reports/draft.ts';
import type { Services } from '#server/city/services.ts';
import type { Handed } from '#server/web/http.ts';

declare global {
	namespace App {
		interface Locals {
			services: Services;
			/** What an API route threw and its answer must say. */
			failure?: AppError;
		}
		interface PageState {
			/** The screen of a report being written. */
			step?: Step;
		}
		interface Platform {
			req: Handed;
		}
	}
	// `vite dev` has no custom entry: the composition root leaves the services here.
	var capitoulServices: Services | undefined;
}

export {};
