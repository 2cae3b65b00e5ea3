import type { Preflight, PreflightCheck, PreflightCheckName } from '../../../src-shared/contract/preflight.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** What a check found, with what is worth knowing besides. */
interface Finding<T> {
  value: T;
  text: string;
  state?: PreflightCheck['state'];
  notes?: readonly string[];
}

/** The list of checks as it grows. */
export function preflightReport(signal: AbortSignal) {
  const result: Preflight = { checks: [], memory: null, disk: null, measured: null };

  const add = (check: Pick<PreflightCheck, 'name' | 'state' | 'text'> & Partial<PreflightCheck>): void => {
    result.checks.push({ hint: null, field: null, ...check });
  };
  const fail = (name: PreflightCheckName, { message, hint, details }: AppError): void => {
    const field = typeof details['field'] === 'string' ? details['field'] : null;
    add({ name, state: 'failed', text: message, hint: hint ?? null, field });
  };

  return {
    result,
    add,
    fail,
    /** A check that is its work's success. @returns null where it failed @throws AppError interrupted */
    async attempt<T>(name: PreflightCheckName, work: () => Finding<T> | Promise<Finding<T>>): Promise<T | null> {
      try {
        const { value, text, state = 'passed', notes = [] } = await work();
        if (signal.aborted) throw new AppError('interrupted', 'The preflight was stopped.');
        add({ name, state, text });
        for (const note of notes) add({ name, state: 'note', text: note });
        return value;
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
        fail(name, error);
        return null;
      }
    },
  };
}
