import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arbitrary } from './compare-modes.ts';
import { buildGraph } from './graph/program-graph.ts';
import { nodeBackend } from './node-backend.ts';
import { createProgram } from './create-program.ts';
import type { MethodSpec, Program, ProgramSpec, Tensors } from './program.ts';
import { loadEngine, type Engine } from './runtime.ts';

const INSTALLED = process.env.VITRINE_ENGINE_DIR;

/** A counter, a vector and a rounded copy of it. */
const SMALL: ProgramSpec = {
  name: 'small',
  state: {
    count: { shape: [], dtype: 'int32' },
    vector: { shape: [2, 3], dtype: 'float32' },
    rounded: { shape: [2, 3], dtype: 'bfloat16' },
  },
  methods: {
    add: {
      feeds: { x: { shape: [2, 3], dtype: 'float32' }, by: { shape: [], dtype: 'int32' } },
      run: ({ count, vector }, { x, by }) => ({
        outputs: { sum: tf.sum(tf.add(vector!, x!)), old: vector! },
        state: { count: tf.add(count!, by!), vector: tf.add(vector!, x!), rounded: tf.add(vector!, x!) },
      }),
    },
    peek: { run: ({ vector }) => ({ outputs: { vector: vector! } }) },
    clear: { run: () => ({ state: { vector: tf.zeros([2, 3]), count: tf.scalar(0, 'int32') } }) },
  },
};

/** A program of one method over one vector. */
function oneMethod(run: (x: tf.Tensor) => tf.Tensor | Tensors, more: Partial<MethodSpec> = {}): ProgramSpec {
  return {
    name: 'one',
    state: { s: { shape: [3], dtype: 'float32' } },
    methods: {
      only: {
        feeds: { x: { shape: [3], dtype: 'float32' } },
        run: (_, { x }) => {
          const result = run(x!);
          return { outputs: result instanceof tf.Tensor ? { y: result } : result };
        },
        ...more,
      },
    },
  };
}

describe.skipIf(!INSTALLED)('recorded programs', () => {
  let engine: Engine;
  let before: { tensors: number; handles: number; models: number };
  const now = () => ({
    tensors: tf.memory().numTensors,
    handles: engine.binding!.getNumOfTensors(),
    models: engine.binding!.getNumOfSavedModels(),
  });
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });
  beforeEach(() => {
    before = now();
  });
  afterEach(() => {
    expect(now()).toEqual(before);
  });

  async function using<T>(spec: ProgramSpec, mode: Program['mode'], use: (program: Program) => Promise<T>): Promise<T> {
    const program = await createProgram(engine, spec, mode);
    try {
      return await use(program);
    } finally {
      program.dispose();
    }
  }

  for (const mode of ['recorded', 'eager'] as const) {
    describe(mode, () => {
      const withProgram = <T>(spec: ProgramSpec, use: (program: Program) => Promise<T>) => using(spec, mode, use);

      test('state begins at zero, is written, changed by methods and read', () =>
        withProgram(SMALL, async (program) => {
          expect(program.mode).toBe(mode);
          expect(Object.fromEntries(await program.readState())).toEqual({
            count: Int32Array.of(0),
            vector: new Float32Array(6),
            rounded: new Float32Array(6),
          });
          await program.writeState(new Map([['vector', Float32Array.of(1, 2, 3, 4, 5, 6)]]));
          const x = Float32Array.of(0.001, 0, 0, 0, 0, -6);
          const { sum, old } = await program.call('add', { x, by: Int32Array.of(2) });
          expect(sum!.shape).toEqual([]);
          expect(sum!.data[0]).toBeCloseTo(15.001, 4);
          expect([...old!.data]).toEqual([1, 2, 3, 4, 5, 6]);
          await program.call('add', { x: new Float32Array(6), by: Int32Array.of(-5) });
          const state = await program.readState();
          expect(state.get('count')).toEqual(Int32Array.of(-3));
          expect(state.get('vector')![0]).toBeCloseTo(1.001, 6);
          expect([...state.get('rounded')!]).toEqual([1, 2, 3, 4, 5, 0]); // 1.001 isn't a bfloat16
          await program.call('clear');
          expect([...(await program.readState(['vector'])).get('vector')!]).toEqual([0, 0, 0, 0, 0, 0]);
        }));

      test('state is taken for good: the map is empty, recorded arrays are detached, the rest is zero', () =>
        withProgram(SMALL, async (program) => {
          const vector = Float32Array.of(1, 2, 3, 4, 5, 6);
          const part = new Float32Array(8).fill(1.001).subarray(1, 7); // of an array that others may hold
          const values = new Map([
            ['vector', vector],
            ['rounded', part],
          ]);
          await program.takeState(values);
          expect(values.size).toBe(0);
          expect(vector).toHaveLength(mode === 'recorded' ? 0 : 6);
          expect(part).toHaveLength(6);
          const { vector: seen } = await program.call('peek');
          expect([...seen!.data]).toEqual([1, 2, 3, 4, 5, 6]);
          const state = await program.readState();
          expect([...state.get('rounded')!]).toEqual([1, 1, 1, 1, 1, 1]);
          expect([...state.get('count')!]).toEqual([0]);
          await expect(program.takeState(new Map([['vector', new Float32Array(5)]]))).rejects.toThrow(
            'given 5 elements',
          );
          expect([...(await program.readState(['vector'])).get('vector')!]).toEqual([1, 2, 3, 4, 5, 6]);
        }));

      test('new states are all computed from the old ones', () => {
        const swap: ProgramSpec = {
          name: 'swap',
          state: { a: { shape: [2], dtype: 'float32' }, b: { shape: [2], dtype: 'float32' } },
          methods: { swap: { run: ({ a, b }) => ({ state: { a: b!, b: a! } }) } },
        };
        return withProgram(swap, async (program) => {
          await program.writeState(
            new Map([
              ['a', Float32Array.of(1, 2)],
              ['b', Float32Array.of(3, 4)],
            ]),
          );
          for (let i = 0; i < 3; i++) await program.call('swap');
          expect(Object.fromEntries(await program.readState())).toEqual({
            a: Float32Array.of(3, 4),
            b: Float32Array.of(1, 2),
          });
        });
      });

      test('nothing is shared with the arrays that go in and come out', () => {
        // 64-byte alignment is what lets TensorFlow use an array in place: one of sixteen offsets has it.
        const n = 64;
        const keep: ProgramSpec = {
          name: 'keep',
          state: { v: { shape: [n], dtype: 'float32' }, i: { shape: [n], dtype: 'int32' } },
          methods: {
            set: {
              feeds: { x: { shape: [n], dtype: 'float32' }, k: { shape: [n], dtype: 'int32' } },
              run: (_, { x, k }) => ({ outputs: { x: x! }, state: { v: tf.reshape(x!, [n]), i: k! } }),
            },
            get: { run: ({ v }) => ({ outputs: { v: v! } }) },
          },
        };
        return withProgram(keep, async (program) => {
          const memory = new ArrayBuffer(4096);
          for (let offset = 0; offset < 64; offset += 4) {
            const [x, k] = [new Float32Array(memory, offset, n), new Int32Array(memory, 2048 + offset, n)];
            for (const write of [
              () =>
                program.writeState(
                  new Map<string, Float32Array | Int32Array>([
                    ['v', x],
                    ['i', k],
                  ]),
                ),
              () => program.call('set', { x, k }),
            ]) {
              x.fill(1);
              k.fill(2);
              await write();
              const out = await program.call('get');
              x.fill(7);
              k.fill(8);
              const state = await program.readState();
              expect([out['v']!.data[0], state.get('v')![0], state.get('i')![0]]).toEqual([1, 1, 2]);
              state.get('v')!.fill(9);
              out['v']!.data.fill(9);
              expect((await program.readState(['v'])).get('v')![0]).toBe(1);
            }
          }
        });
      });

      const feeds = { x: new Float32Array(6), by: Int32Array.of(1) };
      const misuses: [string, (program: Program) => Promise<unknown>, RegExp][] = [
        ['an unknown method', (p) => p.call('nope'), /program small has no method "nope"/],
        ['a missing feed', (p) => p.call('add', { x: feeds.x }), /small\.add: feed "by" is missing/],
        ['an unknown feed', (p) => p.call('add', { ...feeds, z: feeds.x }), /small\.add has no feed "z"/],
        [
          'a feed of wrong size',
          (p) => p.call('add', { ...feeds, x: new Float32Array(5) }),
          /"x" is \[2,3\], but was given 5/,
        ],
        [
          'a feed of wrong type',
          (p) => p.call('add', { ...feeds, by: new Float32Array(1) }),
          /"by" is int32, but .*Float32Array/,
        ],
        ['an unknown state', (p) => p.writeState(new Map([['nope', feeds.x]])), /has no state "nope"/],
        ['an unknown state, read', (p) => p.readState(['nope']), /has no state "nope"/],
        [
          'a state of wrong size',
          (p) => p.writeState(new Map([['rounded', new Float32Array(7)]])),
          /"rounded" is \[2,3\], but was given 7/,
        ],
        ['a state of wrong type', (p) => p.writeState(new Map([['count', new Float32Array(1)]])), /"count" is int32/],
        [
          'an unknown pipeline',
          (p) =>
            p.startPipeline('nope', {
              paths: [],
              labels: new Int32Array(),
              seeds: new Int32Array(),
              weights: new Float32Array(),
            }),
          /has no pipeline "nope"/,
        ],
      ];
      test.each(misuses)('%s is an error, and changes nothing', (_, misuse, message) =>
        withProgram(SMALL, async (program) => {
          await program.call('add', { x: new Float32Array(6).fill(1), by: Int32Array.of(1) });
          const [was, state] = [now(), await program.readState()];
          await expect(misuse(program)).rejects.toThrow(message);
          expect(now()).toEqual(was);
          expect(await program.readState()).toEqual(state);
          await program.call('add', feeds); // still works
        }),
      );
    });
  }

  test('a run of many calls keeps no tensor, model or file', () =>
    using(SMALL, 'recorded', async (program) => {
      const was = now();
      const programFiles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('vitrine-program-'));
      // A process that was killed may have left its own.
      const before = new Set(programFiles());
      const files = () => programFiles().filter((name) => !before.has(name));
      for (let i = 0; i < 20; i++) {
        await program.call('add', { x: arbitrary(6, i), by: Int32Array.of(i) });
        await program.call('peek');
        await program.readState();
      }
      expect(now()).toEqual(was);
      expect(files()).toEqual([]);
    }));

  test('a disposed program says so', async () => {
    const program = await createProgram(engine, SMALL, 'recorded');
    program.dispose();
    program.dispose();
    await expect(program.call('peek')).rejects.toThrow(/program small was disposed/);
  });

  test('two programs beside each other have states of their own', () =>
    using(SMALL, 'recorded', (a) =>
      using(SMALL, 'recorded', async (b) => {
        await a.writeState(new Map([['vector', new Float32Array(6).fill(1)]]));
        expect((await b.readState(['vector'])).get('vector')![0]).toBe(0);
        await b.call('clear');
        expect((await a.readState(['vector'])).get('vector')![0]).toBe(1);
      }),
    ));

  test('two recordings are byte-identical', () => {
    const [a, b] = [buildGraph(SMALL, nodeBackend()!), buildGraph(SMALL, nodeBackend()!)];
    expect(Buffer.compare(a.savedModel, b.savedModel)).toBe(0);
    expect(a).toEqual(b);
  });

  test('constants that repeat one number are written as that number', () => {
    const sized = (n: number) =>
      buildGraph(
        oneMethod((x) => tf.mul(tf.sum(x), tf.ones([n, 512]))),
        nodeBackend()!,
      );
    expect(sized(4000).savedModel.length).toBeLessThan(sized(1).savedModel.length + 100);
    // -0 and 0 are other bits; NaN equals itself here.
    const mixed = new Float32Array(32).fill(0).fill(-0, 5, 6);
    const text = Buffer.from(
      buildGraph(
        oneMethod((x) => tf.mul(tf.sum(x), tf.tensor1d(mixed))),
        nodeBackend()!,
      ).savedModel,
    );
    expect(text.includes(Buffer.from(mixed.buffer))).toBe(true);
  });

  describe('refused while recording', () => {
    // The functions are compared, never called.
    /* eslint-disable @typescript-eslint/unbound-method */
    const refused = async (spec: ProgramSpec, message: RegExp): Promise<void> => {
      const backend = nodeBackend()!;
      const [{ random }, { binding, move, getInputTensorIds, readSync }] = [Math, backend];
      const was = now();
      await expect(createProgram(engine, spec, 'recorded')).rejects.toThrow(message);
      await expect(createProgram(engine, spec, 'recorded')).rejects.toMatchObject({ name: 'RecordingError' });
      expect(now()).toEqual(was);
      // Everything is in its place again, and computes.
      expect(Math.random).toBe(random);
      expect(backend.binding).toBe(binding);
      expect(backend.move).toBe(move);
      expect(backend.getInputTensorIds).toBe(getInputTensorIds);
      expect(backend.readSync).toBe(readSync);
      const sums = tf.tidy(() =>
        tf.cumsum(tf.add(tf.tensor1d([1, 2, 3]), tf.randomUniform([3], 1, 1.0001))).dataSync(),
      );
      expect(sums[2]).toBeCloseTo(9, 1);
    };

    const cases: [string, (x: tf.Tensor) => tf.Tensor, RegExp][] = [
      ['an op that is not on the list', (x) => tf.cumsum(x), /^one\.only: op Cumsum is not on the list/],
      ['another', (x) => tf.topk(x, 2).values, /op TopKV2 is not on the list/],
      ['a value read', (x) => tf.mul(x, x.dataSync()[0]!), /a value was read while recording/],
      ['a computed value read', (x) => tf.mul(x, tf.sum(x).dataSync()[0]!), /a value was read while recording/],
      ['an array read', (x) => tf.tensor1d(x.arraySync() as number[]), /a value was read while recording/],
      ["gather's index check", (x) => tf.gather(x, tf.cast(x, 'int32')), /a value was read while recording/],
      ['tf.randomUniform', (x) => tf.add(x, tf.randomUniform([3])), /a random number was drawn in JavaScript/],
      ['tf.randomNormal', (x) => tf.add(x, tf.randomNormal([3])), /a random number was drawn in JavaScript/],
      ['tf.dropout', (x) => tf.dropout(x, 0.5), /a random number was drawn in JavaScript/],
      ['Math.random', (x) => tf.mul(x, Math.random()), /a random number was drawn in JavaScript/],
      ['a clock', (x) => tf.mul(x, performance.now()), /two recordings differ/],
      ['a large constant', (x) => tf.add(tf.sum(x), tf.tensor1d(arbitrary(70_000, 1))), /a constant of 70000 elements/],
      ['a string', () => tf.reshape(tf.tensor1d(['a', 'b']), [2, 1]), /a string constant was made/],
      [
        'shapes that do not fit',
        (x) => tf.reshape(tf.matMul(tf.reshape(x, [3, 1]), tf.reshape(x, [1, 3])), [2, 2]),
        /Size\(9\)|can't become/,
      ],
    ];
    // The last is tfjs's own check and no RecordingError.
    test.each(cases.slice(0, -1))('%s', (_, run, message) => refused(oneMethod(run), message));
    test('shapes that do not fit: tfjs refuses them, and everything is in its place again', async () => {
      const [, run, message] = cases.at(-1)!;
      await expect(createProgram(engine, oneMethod(run), 'recorded')).rejects.toThrow(message);
      expect(tf.tidy(() => tf.add(1, 1).dataSync()[0])).toBe(2);
    });

    test('a counter', () => {
      let n = 0;
      return refused(
        oneMethod((x) => tf.mul(x, n++)),
        /program one: two recordings differ/,
      );
    });

    test('a tensor made outside', async () => {
      const outside = tf.tensor1d([1, 2, 3]);
      await refused(
        oneMethod((x) => tf.add(x, outside)),
        /tensor of shape \[3\] made outside the method was used/,
      );
      await refused(
        oneMethod((x) => tf.mul(x, outside.dataSync()[0]!)),
        /a value was read/,
      );
      await refused(
        oneMethod(() => outside),
        /made outside/,
      );
      outside.dispose();
    });

    test('a tensor made outside that TensorFlow has already seen', async () => {
      const outside = tf.tidy(() => tf.square(tf.tensor1d([1, 2, 3])));
      await refused(
        oneMethod((x) => tf.add(x, outside)),
        /made outside/,
      );
      await refused(
        oneMethod((x) => tf.mul(x, outside.dataSync()[0]!)),
        /a value was read/,
      );
      await refused(
        oneMethod(() => outside),
        /made outside/,
      );
      outside.dispose();
    });

    test('a tensor kept from one method, or one recording, to the next', async () => {
      let kept: tf.Tensor | undefined;
      const spec: ProgramSpec = {
        name: 'memo',
        state: {},
        methods: Object.fromEntries(
          ['a', 'b'].map((name) => [
            name,
            {
              feeds: { x: { shape: [3], dtype: 'float32' } },
              run: (_, { x }) => {
                kept ??= tf.keep(tf.exp(x!));
                return { outputs: { y: tf.add(kept, x!) } };
              },
            } satisfies MethodSpec,
          ]),
        ),
      };
      await expect(createProgram(engine, spec, 'recorded')).rejects.toThrow(/memo\.b: .*made outside/);
      await expect(createProgram(engine, spec, 'recorded')).rejects.toThrow(/memo\.a: .*made outside/);
      // It stands for no value: TensorFlow doesn't know it.
      expect(() => tf.add(kept!, 1)).toThrow();
      before.tensors = tf.memory().numTensors;
    });

    const states: [string, MethodSpec['run'], RegExp][] = [
      [
        'of another shape',
        () => ({ state: { s: tf.zeros([4]) } }),
        /^one\.only: state "s" is float32 \[3\], its new value float32 \[4\]/,
      ],
      [
        'of another type',
        () => ({ state: { s: tf.zeros([3], 'int32') } }),
        /"s" is float32 \[3\], its new value int32 \[3\]/,
      ],
      ['that is unknown', () => ({ state: { t: tf.zeros([3]) } }), /a state "t" that the program doesn't have/],
    ];
    test.each(states)('a state %s', (_, run, message) =>
      refused(
        oneMethod((x) => x, { run }),
        message,
      ),
    );

    test('the same states op by op', async () => {
      for (const [, run, message] of states) {
        const spec = oneMethod((x) => x, { run });
        await using(spec, 'eager', async (program) => {
          const text = new RegExp(message.source.replace('^one\\.only: ', ''));
          await expect(program.call('only', { x: new Float32Array(3) })).rejects.toThrow(text);
        });
      }
    });
  });

  test('a method that throws leaves nothing behind', async () => {
    const spec = oneMethod((x) => {
      tf.exp(x);
      throw new Error('planted');
    });
    await expect(createProgram(engine, spec, 'recorded')).rejects.toThrow('planted');
    await using(spec, 'eager', (p) => expect(p.call('only', { x: new Float32Array(3) })).rejects.toThrow('planted'));
    expect(
      tf.tidy(
        () =>
          tf
            .grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3]))
            .dataSync()[0],
      ),
    ).toBe(6);
  });

  test('a method may fail in the middle of a gradient', async () => {
    const spec = oneMethod((x) => tf.grad((y) => tf.sum(tf.cumsum(tf.square(y))))(x));
    await expect(createProgram(engine, spec, 'recorded')).rejects.toThrow(/Cumsum/);
    expect(
      tf.tidy(
        () =>
          tf
            .grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3]))
            .dataSync()[0],
      ),
    ).toBe(6);
  });
});
