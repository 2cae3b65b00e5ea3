import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { prepareEnvironment } from './environment.ts';

test('sets what TensorFlow reads while it loads', () => {
  const env: NodeJS.ProcessEnv = { VITRINE_THREADS: '3' };
  expect(prepareEnvironment(env)).toEqual({ intra: 3, inter: 3 });
  expect(env).toEqual({
    VITRINE_THREADS: '3',
    TF_NUM_INTRAOP_THREADS: '3',
    TF_NUM_INTEROP_THREADS: '3',
    OMP_NUM_THREADS: '3',
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  });
});

test('a value that is there already wins', () => {
  const env: NodeJS.ProcessEnv = { VITRINE_THREADS: '3', TF_NUM_INTRAOP_THREADS: '7', TF_CPP_MIN_LOG_LEVEL: '0' };
  expect(prepareEnvironment(env)).toEqual({ intra: 7, inter: 3 });
  expect(env.TF_CPP_MIN_LOG_LEVEL).toBe('0');
});

test.each(['', '0', '-1', 'many', '2.5'])('VITRINE_THREADS=%j means as many as there are cores', (text) => {
  const cores = availableParallelism();
  expect(prepareEnvironment({ VITRINE_THREADS: text })).toEqual({ intra: cores, inter: cores });
});
