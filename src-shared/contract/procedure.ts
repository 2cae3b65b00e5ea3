import { oc } from '@orpc/contract';
import * as v from 'valibot';
import { ERROR_CODES } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** What a failure carries besides its code and sentence. */
const failure = v.object({
  /** What to do next. */
  hint: v.optional(v.string()),
  /** Paths, names, numbers. */
  details: v.optional(v.record(v.string(), v.unknown())),
});

type ErrorMap = Record<ErrorCode, { status: number; data: typeof failure }>;

const ERRORS = Object.fromEntries(
  Object.entries(ERROR_CODES).map(([code, { status }]) => [code, { status, data: failure }]),
) as ErrorMap;

/** What every procedure of the contract begins with: it may fail with any code of the one table (src-shared/errors.ts). */
export const procedure = oc.errors(ERRORS);
