import { limit } from '../../src/lib/query.ts';

export const DEFAULT_ALERTS = 50;

export const alertsParams = { limit: limit(DEFAULT_ALERTS, 200) };
