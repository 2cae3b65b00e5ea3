import * as v from 'valibot';
import { AppError } from '../../src-shared/errors.ts';

/**
 * A value of unknown origin as the schema has it.
 * @param where what the value is, for the message: a file's path, or "config of the case ID".
 * @throws AppError bad_file naming the first field that doesn't fit
 */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown, where: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  throw new AppError('bad_file', `${where}: ${field === null ? '' : `"${field}": `}${issue.message}.`);
}
