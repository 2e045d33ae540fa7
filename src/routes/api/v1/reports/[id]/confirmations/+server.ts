import { takeAct } from '#server/web/report-acts.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = (event) => takeAct(event, 'confirmations');
