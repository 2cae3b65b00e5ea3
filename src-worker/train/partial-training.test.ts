import { beforeAll, describe, expect, test } from 'vitest';
import type { Family } from '../../src-shared/models/architecture.ts';
import { trainedNames } from '../../src-shared/models/trained-params.ts';
import { compareModes } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { buildGraph } from '../engine/graph/program-graph.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import type { TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { TINY_MODELS } from '../models/tiny-models.fixture.ts';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import { optimizerOf } from './optimizers.ts';
import { batchFor, stopAndResume, plainOptions, startOf, trainStep } from './train.fixture.ts';
import { PARAMS, trainProgram } from './train-program.ts';

const FAMILIES = Object.keys(TINY_MODELS) as Family[];
const ADAM = optimizerOf({ ...resolveConfig({ overrides: [] }).config.vitrine.optim, name: 'adamw' }, TINY_MODELS.vit);
const GRAD = 'grad/';

const partOf = (family: Family, train: 'head' | 'blocks'): string[] =>
  trainedNames(TINY_MODELS[family], { train, train_blocks: 1 });

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('a part of the model learns, on TensorFlow', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });

  test.each(FAMILIES)('%s: only the last block and what follows changes', async (family) => {
    const architecture = TINY_MODELS[family];
    const trained = partOf(family, 'blocks');
    const spec = trainProgram({ ...plainOptions(architecture), trained });
    // Momentum of what learns and of nothing else.
    expect(Object.keys(spec.state).filter((name) => name.startsWith('trace/'))).toEqual(
      trained.map((name) => `trace/${name}`),
    );
    const program = await createProgram(engine, spec, 'eager');
    const start = startOf(spec);
    await program.writeState(start);
    for (const { method, feeds } of [1, 2].map((seed) => trainStep(architecture, seed))) {
      await program.call(method, feeds);
    }
    const after = await program.readState();
    program.dispose();
    expectChanged(start, after, trained);
  });

  test('recorded as op by op', async () => {
    const architecture = TINY_MODELS.vit;
    const spec = trainProgram({ ...plainOptions(architecture), trained: partOf('vit', 'blocks') });
    const steps = [1, 2].map((seed) => trainStep(architecture, seed));
    const { differences } = await compareModes(engine, spec, { state: startOf(spec), steps });
    for (const [name, difference] of differences) {
      expect(difference, name).toBeLessThan(name.startsWith('trace/') ? 2 ** -6 : 1e-4);
    }
  });

  test.each(FAMILIES)("%s: the head's gradients are those of the whole, and the norm is theirs", async (family) => {
    const architecture = TINY_MODELS[family];
    const trained = partOf(family, 'head');
    const options = plainOptions(architecture);
    const whole = trainProgram(options);
    const part = trainProgram({ ...options, trained });
    const [all, some] = [await gradients(whole), await gradients(part)];
    expect(Object.keys(some).filter((name) => name.startsWith(GRAD))).toEqual(trained.map((name) => GRAD + name));
    let squares = 0;
    for (const name of trained) {
      const [a, b] = [all[GRAD + name]!.data, [...some[GRAD + name]!.data]];
      b.forEach((value, i) => expect(value).toBeCloseTo(a[i]!, 5));
      squares += b.reduce((sum, value) => sum + value * value, 0);
    }
    expect(some['norm']!.data[0]).toBeCloseTo(Math.sqrt(squares), 5);
    expect(some['loss']!.data[0]).toBeCloseTo(all['loss']!.data[0]!, 5);
    expect(all['norm']!.data[0]!).toBeGreaterThan(some['norm']!.data[0]!);

    async function gradients(spec: typeof whole): Promise<Record<string, { data: TensorData }>> {
      const program = await createProgram(engine, spec, 'eager');
      await program.writeState(startOf(spec));
      const outputs = await program.call('gradients', batchFor(architecture, 3));
      program.dispose();
      return outputs;
    }
  });

  test('the program that trains the head holds no gradient of the rest', () => {
    const options = plainOptions(TINY_MODELS.vit);
    const size = (spec: ReturnType<typeof trainProgram>): number => buildGraph(spec, nodeBackend()!).savedModel.length;
    const forwardOnly = (trained: string[] | undefined): number => size(trainProgram({ ...options, trained }));
    expect(forwardOnly(partOf('vit', 'head'))).toBeLessThan(0.5 * forwardOnly(undefined));
    expect(forwardOnly(partOf('vit', 'blocks'))).toBeLessThan(0.8 * forwardOnly(undefined));
  });

  test('resumed, it has the bits of one that never stopped', async () => {
    const architecture = TINY_MODELS.vit;
    const options = { ...plainOptions(architecture), dropoutRate: 0.1, attentionDropoutRate: 0.1, optimizer: ADAM };
    const spec = trainProgram({ ...options, trained: partOf('vit', 'blocks') });
    const program = await createProgram(engine, spec);
    const { whole, resumed } = await stopAndResume(program, (seed) => trainStep(architecture, seed, 0.01));
    expect(resumed).toEqual(whole);
  });
});

test('on WASM the head alone learns too', async () => {
  const engine = await loadEngine('wasm');
  const architecture = TINY_MODELS.mixer;
  const trained = partOf('mixer', 'head');
  const program = await createProgram(engine, trainProgram({ ...plainOptions(architecture), trained }));
  const start = startOf(program.spec);
  await program.writeState(start);
  const { method, feeds } = trainStep(architecture, 1);
  const losses = [];
  for (let i = 0; i < 5; i++) losses.push((await program.call(method, feeds))['loss']!.data[0]!);
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  const after = await program.readState();
  program.dispose();
  expectChanged(start, after, trained);
});

/** Kernels that learn have changed, what doesn't learn has its bits. (Some biases have no gradient: a key's, say.) */
function expectChanged(
  before: ReadonlyMap<string, TensorData>,
  after: ReadonlyMap<string, TensorData>,
  trained: readonly string[],
): void {
  for (const [name, data] of before) {
    const same = bytes(data).equals(bytes(after.get(name)!));
    const learns = trained.includes(name.slice(PARAMS.length));
    if (!learns || name.endsWith('kernel')) expect(same, name).toBe(!learns);
  }
}

function bytes(data: TensorData): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
