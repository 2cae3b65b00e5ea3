import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineKind, EngineSelftest } from '../../src-shared/contract/engine.ts';
import { loadEngine } from './runtime.ts';
import type { Engine } from './runtime.ts';

const INSTALLED = process.env.VITRINE_ENGINE_DIR;
const temporary = mkdtempSync(join(tmpdir(), 'vitrine-runtime-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Functions of one tensor [2, 3] to a number, each through ops that a Vision Transformer's step needs. */
const FUNCTIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  matMul: (x) => tf.sum(tf.square(tf.matMul(x as tf.Tensor2D, tf.tensor2d([1, -2, 0.5, 3, 0.25, -1], [3, 2])))),
  'batched matMul': (x) => {
    const batch = tf.reshape(x, [2, 1, 3]);
    return tf.sum(tf.square(tf.matMul(batch, batch, true, false)));
  },
  softmax: (x) => tf.sum(tf.mul(tf.softmax(x), tf.tensor2d([1, 2, 3, -1, 0, 4], [2, 3]))),
  logSoftmax: (x) => tf.sum(tf.mul(tf.logSoftmax(x), tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]))),
  'layer norm': (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.sum(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6))), tf.tensor2d([1, 2, 3], [1, 3])));
  },
  tanh: (x) => tf.sum(tf.tanh(x)),
  erf: (x) => tf.sum(tf.mul(x, tf.erf(x))),
  mean: (x) => tf.mean(tf.exp(x)),
  gather: (x) => tf.sum(tf.square(tf.gather(x, tf.tensor1d([1, 1, 0], 'int32')))),
  concat: (x) => tf.sum(tf.square(tf.concat([x, tf.mul(x, 2)], 1))),
  slice: (x) => tf.sum(tf.square(tf.slice(x, [0, 1], [2, 2]))),
  transpose: (x) => tf.sum(tf.mul(tf.transpose(x), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]))),
  pad: (x) =>
    tf.sum(
      tf.square(
        tf.pad(x as tf.Tensor2D, [
          [1, 0],
          [0, 2],
        ]),
      ),
    ),
};
/** tfjs's WASM backend has no UnsortedSegmentSum. */
const NOT_ON_WASM = ['gather'];
const AT = [0.5, -1, 0.75, 1.5, 0.25, -0.75];

for (const kind of ['tensorflow', 'wasm'] satisfies EngineKind[]) {
  describe.skipIf(kind === 'tensorflow' && !INSTALLED)(`on ${kind}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await loadEngine(kind);
    });

    test('says what it is', () => {
      expect(engine.kind).toBe(kind);
      expect(tf.getBackend()).toBe(kind);
      expect(engine.version).toMatch(/^\d+\.\d+\.\d+/);
      expect(engine.devices.at(-1)).toMatchObject({ type: 'CPU' });
      expect(engine.threads.intra).toBeGreaterThanOrEqual(1);
      expect(engine.binding !== undefined).toBe(kind === 'tensorflow');
    });

    const names = Object.keys(FUNCTIONS).filter((name) => kind !== 'wasm' || !NOT_ON_WASM.includes(name));
    test.each(names)('gradient of %s', (name) => {
      const f = FUNCTIONS[name]!;
      const before = tf.memory().numTensors;
      const [gradient, numeric] = tf.tidy(() => {
        const analytic = tf
          .grad(f)(tf.tensor2d(AT, [2, 3]))
          .dataSync();
        return [analytic, AT.map((_, i) => slope(f, i))];
      }) as unknown as [Float32Array, number[]];
      expect(tf.memory().numTensors).toBe(before);
      numeric.forEach((value, i) => expect(gradient[i]).toBeCloseTo(value, 2));
    });

    test('nothing runs on the plain JavaScript backend', () => {
      expect(tf.findBackend('cpu')).toBeNull();
    });

    test('leaves the crash handling of the process alone', () => {
      expect(process.listeners('uncaughtException').filter((l) => String(l).includes('ExitStatus'))).toEqual([]);
    });
  });
}

function slope(f: (x: tf.Tensor) => tf.Tensor, i: number): number {
  const step = 1e-2;
  const value = (delta: number) =>
    f(
      tf.tensor2d(
        AT.map((v, j) => (j === i ? v + delta : v)),
        [2, 3],
      ),
    ).dataSync()[0]!;
  return (value(step) - value(-step)) / (2 * step);
}

/** The choice of an engine, each in a process of its own. */
function selftest(env: Record<string, string | undefined>): EngineSelftest & { status: number | null } {
  const program = fileURLToPath(new URL('./selftest.ts', import.meta.url));
  const { VITRINE_ENGINE_DIR: _, VITRINE_ENGINE: __, ...clean } = process.env;
  const { stdout, status } = spawnSync(process.execPath, [program], { env: { ...clean, ...env }, encoding: 'utf8' });
  return { ...(JSON.parse(stdout) as EngineSelftest), status };
}

describe('which engine', () => {
  const damaged = join(temporary, 'damaged');
  beforeAll(async () => {
    mkdirSync(damaged);
    writeFileSync(join(damaged, 'tfjs_binding.node'), 'not a library');
  });

  test('none installed: WASM, and why', () => {
    const result = selftest({});
    expect(result).toMatchObject({ ok: true, status: 0, engine: { kind: 'wasm' } });
    expect('engine' in result && result.engine.reason).toMatch(/no TensorFlow is installed/);
  });

  test('one that does not load: WASM, and why', () => {
    const result = selftest({ VITRINE_ENGINE_DIR: damaged });
    expect(result).toMatchObject({ ok: true, engine: { kind: 'wasm' } });
    expect('engine' in result && result.engine.reason).toMatch(
      /TensorFlow in .*damaged doesn't load: .*(short|ELF|slice)/,
    );
  });

  test('one that does not load, insisted on: an error', () => {
    const result = selftest({ VITRINE_ENGINE_DIR: damaged, VITRINE_ENGINE: 'tensorflow' });
    expect(result).toMatchObject({ ok: false, status: 1, error: { code: 'engine' } });
  });

  test('none installed, insisted on: an error that says what to do', () => {
    const result = selftest({ VITRINE_ENGINE: 'tensorflow' });
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'engine', hint: expect.stringMatching(/vitrine engine install/) as string },
    });
  });

  test('an engine that does not exist: a usage error', () => {
    expect(selftest({ VITRINE_ENGINE: 'torch' })).toMatchObject({ ok: false, error: { code: 'usage' } });
  });

  test.skipIf(!INSTALLED)('TensorFlow loads in under 2 s and agrees with known numbers', () => {
    const runs = [0, 1].map(() => selftest({ VITRINE_ENGINE_DIR: INSTALLED }));
    expect(runs[0]).toMatchObject({ ok: true, status: 0, engine: { kind: 'tensorflow' } });
    expect(Math.min(...runs.map((run) => ('engine' in run ? run.loadMilliseconds : Infinity)))).toBeLessThan(2000);
  });

  test.skipIf(!INSTALLED)('WASM, insisted on although TensorFlow is there', () => {
    const result = selftest({ VITRINE_ENGINE_DIR: INSTALLED, VITRINE_ENGINE: 'wasm' });
    expect(result).toMatchObject({ ok: true, engine: { kind: 'wasm', reason: 'asked for (VITRINE_ENGINE=wasm)' } });
  });
});
