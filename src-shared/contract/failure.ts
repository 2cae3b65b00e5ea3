import * as v from 'valibot';
import { AppError } from '../errors.ts';

/** Why something that was begun earlier didn't end well, kept beside it. */
export const keptFailureSchema = v.object({
  /** Of the one table, src-shared/errors.ts. */
  code: v.string(),
  message: v.string(),
  hint: v.optional(v.string()),
});

export type KeptFailure = v.InferOutput<typeof keptFailureSchema>;

/** A failure as it is kept; of one that is a bug nothing but that. */
export function keptFailure(error: unknown): KeptFailure {
  if (!(error instanceof AppError))
    return { code: 'internal', message: 'This is a bug in Vitrine; its log has the details.' };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** How far work is; `total` 0 where that isn't known yet. */
export const workProgressSchema = v.object({ phase: v.string(), done: v.number(), total: v.number() });

export type WorkProgress = v.InferOutput<typeof workProgressSchema>;
