import type { Params } from '../../src-shared/models/params.ts';
import type { ProgramSpec, StateSpec, Tensors } from '../engine/program.ts';
import { clipByGlobalNorm, globalNorm, withPrefix } from '../train/gradients.ts';
import type { Optimizer } from '../train/optimizer.ts';

/**
 * One of the product's optimizers over parameters of any shapes, with its clipping where `maxNorm` isn't infinite. The
 * method `update` takes a gradient by each parameter's name and `lr`, and gives `norm`, before clipping.
 */
export function optimizerProgram(initial: Params, optimizer: Optimizer, maxNorm = Infinity): ProgramSpec {
  const state: Record<string, StateSpec> = {};
  for (const [name, { shape }] of initial) state[`params/${name}`] = { shape, dtype: 'float32' };
  Object.assign(state, optimizer.states(initial));
  const feeds = Object.fromEntries(
    [...initial].map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]),
  );
  return {
    name: 'optimizer',
    state,
    methods: {
      update: {
        feeds: { ...feeds, lr: { shape: [], dtype: 'float32' } },
        run: (tensors, { lr, ...gradients }) => {
          const params: Tensors = Object.fromEntries(
            [...initial.keys()].map((name) => [name, tensors[`params/${name}`]!]),
          );
          const norm = globalNorm(gradients);
          const clipped = maxNorm === Infinity ? gradients : clipByGlobalNorm(gradients, norm, maxNorm);
          const next = optimizer.update(params, clipped, { state: tensors, lr: lr! });
          return { outputs: { norm }, state: { ...withPrefix(next.params, 'params/'), ...next.state } };
        },
      },
    },
  };
}
