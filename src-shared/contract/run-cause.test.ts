import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { runCauseOf } from './run-cause.ts';

test.each([
  ['a bug', new TypeError('x is not a function'), 'bug'],
  ['TensorFlow without memory', new Error('OOM when allocating tensor with shape[64,197,768]'), 'out_of_memory'],
  ['the system without memory', new AppError('out_of_memory', 'memory ran out'), 'out_of_memory'],
  [
    'V8 without memory',
    new AppError('engine', 'it died', {
      details: { signal: 'SIGABRT', output: ['FATAL ERROR: Reached heap limit … JavaScript heap out of memory'] },
    }),
    'out_of_memory',
  ],
  [
    'the compiler without memory',
    new AppError('engine', 'it died', {
      details: { signal: 'SIGABRT', output: ['LLVM ERROR: Unable to allocate section memory!'] },
    }),
    'out_of_memory',
  ],
  ['a signal', new AppError('engine', 'it died', { details: { signal: 'SIGKILL', output: [] } }), 'killed'],
  ['an engine that does not load', new AppError('engine', 'no library', { details: { code: 1 } }), 'engine'],
  ['a loss that is not finite', new AppError('internal', 'loss', { details: { cause: 'diverged' } }), 'diverged'],
  ['a full disk', new AppError('disk_full', 'full'), 'disk_full'],
  ['an image that changed', new AppError('bad_dataset', 'images'), 'bad_data'],
  ['another run’s workdir', new AppError('conflict', 'other'), 'refused'],
])('%s', (_, error, cause) => {
  expect(runCauseOf(error)).toBe(cause);
});
