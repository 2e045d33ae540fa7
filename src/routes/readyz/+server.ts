import { readyAnswer } from '#server/ops/health.ts';
import type { RequestHandler } from './$types';

/** 503 until this process can serve and accept; from then on 200, `degraded` while a dependency or source is in trouble. */
export const GET: RequestHandler = ({ locals }) => readyAnswer(locals.services.health());
