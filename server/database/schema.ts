import type { Kysely } from 'kysely';
import { alertTables } from '../alerts/tables.ts';
import { cityAlertTables } from '../city-alerts/tables.ts';
import { deviceTables } from '../device/tables.ts';
import { pushTables } from '../push/tables.ts';
import { reportTables } from '../reports/tables.ts';
import type { Engine } from './database.ts';

/**
 * Every table, by subject: a subject extends this with its own `interface`, declared beside its migration. The same on
 * SQLite and PostgreSQL: text, bigint (ms since 1970), double precision, and JSON kept as text.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Tables {}

/** Brings the former schema to its own. `db` is untyped: a migration knows only the tables of its time. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Up = (db: Kysely<any>, engine: Engine) => Promise<void>;

/** In order of name, each run once and none ever edited once released: `2026-11-25-a-reports` before `2026-11-25-b-alerts`. */
export const migrations: Readonly<Record<string, Up>> = {
	'2026-11-25-b-push': pushTables,
	'2026-11-25-c-alerts': alertTables,
	'2026-11-25-d-reports': reportTables,
	'2026-11-25-e-city-alerts': cityAlertTables,
	'2026-11-30-a-devices': deviceTables
};
