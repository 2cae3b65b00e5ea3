import { AppError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { RunCause } from './run-files.ts';

const OF_CODE: Record<ErrorCode, RunCause> = {
  usage: 'refused',
  config: 'refused',
  not_found: 'bad_data',
  bad_file: 'bad_data',
  bad_checkpoint: 'bad_data',
  bad_dataset: 'bad_data',
  conflict: 'refused',
  engine: 'engine',
  offline: 'refused',
  network: 'refused',
  unauthorized: 'refused',
  forbidden: 'refused',
  too_large: 'refused',
  timeout: 'refused',
  disk_full: 'disk_full',
  out_of_memory: 'out_of_memory',
  interrupted: 'refused',
  internal: 'bug',
};

/** How TensorFlow, its allocators, LLVM (which compiles for XLA) and V8 say that memory ran out. */
const MEMORY =
  /\bOOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted|std::bad_alloc|Unable to allocate section memory|\bout of memory\b/i;

export function saysOutOfMemory(text: string): boolean {
  return MEMORY.test(text);
}

/** Why a training failed, from what it threw. Details may name it: `cause`, or how the process ended: `signal`. */
export function runCauseOf(error: unknown): RunCause {
  if (saysOutOfMemory(String((error as Error | null)?.message))) return 'out_of_memory';
  if (!(error instanceof AppError)) return 'bug';
  const { cause, signal, output } = error.details;
  if (cause === 'diverged') return cause;
  if (Array.isArray(output) && output.some((line) => saysOutOfMemory(String(line)))) return 'out_of_memory';
  if (error.code === 'engine' && typeof signal === 'string') return 'killed';
  return OF_CODE[error.code];
}
