import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';

/** What a device sent, as the schema reads it. Throws `body_invalid` naming the first member that is wrong. */
export function readAs<const S extends v.GenericSchema>(
	schema: S,
	body: unknown
): v.InferOutput<S> {
	const parsed = v.safeParse(schema, body);
	if (parsed.success) return parsed.output;
	const [issue] = parsed.issues;
	throw new AppError('body_invalid', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}
