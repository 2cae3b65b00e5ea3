import { someNames } from '../checkpoints/checkpoint-error.ts';
import { AppError } from '../errors.ts';
import { sameShape } from '../models/params.ts';
import type { StateLeaf } from './state-tree.ts';

/** What a state that flax wrote holds, by what its places are known to mean. */
export interface StateLayout {
  /** What wrote it, as far as its places tell. */
  title: string;
  /** A model's parameters by the path within it, in the order of the file. */
  params: ReadonlyMap<string, StateLeaf>;
  /** Steps made, as the training loop counted them; null in a file of parameters alone. */
  step: StateLeaf | null;
  optimizer: OptimizerLayout | null;
  /** Leaves that nothing here has a use for. */
  others: StateLeaf[];
}

export interface OptimizerLayout {
  /** Of SGD with momentum, a leaf for each parameter; null of another optimizer. */
  trace: ReadonlyMap<string, StateLeaf> | null;
  /** Updates as the optimizer counted them. */
  count: StateLeaf | null;
  /** All of it. */
  leaves: StateLeaf[];
}

/** Where parameters, the optimizer's state and the step stand; the first whose parameters are there counts. */
const WRAPPERS: readonly { title: string; params: string; optimizer?: string; step?: string }[] = [
  { title: 'vit_jax before 2022 (flax.optim)', params: '0/target/', optimizer: '0/state/', step: '1' },
  { title: 'vit_jax', params: '0/', optimizer: '1/', step: '2' },
  { title: 'a TrainState of flax', params: 'params/params/', optimizer: 'opt_state/', step: 'step' },
  { title: 'a TrainState of flax', params: 'params/', optimizer: 'opt_state/', step: 'step' },
  { title: 'parameters written by flax', params: '' },
];

/**
 * Finds its way in a state: vit_jax's tuple (params, opt_state, step), flax's TrainState, or parameters alone.
 * Source: vit_jax/train.py; optax's chain of clip_by_global_norm, trace and scale_by_schedule.
 */
export function readStateLayout(leaves: readonly StateLeaf[]): StateLayout {
  const wrapper = WRAPPERS.find(({ params }) => leaves.some(({ name }) => name.startsWith(params)))!;
  const params = under(leaves, wrapper.params);
  const stepLeaf = leaves.find(({ name }) => name === wrapper.step) ?? null;
  const ofOptimizer =
    wrapper.optimizer === undefined
      ? []
      : [...under(leaves, wrapper.optimizer).values()].filter(({ dtype }) => dtype !== 'None');
  const known = new Set<StateLeaf>([...params.values(), ...ofOptimizer]);
  if (stepLeaf) known.add(stepLeaf);
  return {
    title: wrapper.title,
    params,
    step: stepLeaf,
    optimizer: ofOptimizer.length === 0 ? null : readOptimizer(ofOptimizer, params),
    others: leaves.filter((leaf) => !known.has(leaf) && leaf.dtype !== 'None'),
  };
}

function under(leaves: readonly StateLeaf[], prefix: string): Map<string, StateLeaf> {
  const selected = leaves.filter(({ name }) => name.startsWith(prefix));
  return new Map(selected.map((leaf) => [leaf.name.slice(prefix.length), leaf]));
}

function readOptimizer(leaves: StateLeaf[], params: ReadonlyMap<string, StateLeaf>): OptimizerLayout {
  const prefixes = new Set(leaves.flatMap(({ name }) => /^(?:.*?\/)?trace\//.exec(name)?.[0] ?? []));
  const [prefix, ...more] = [...prefixes];
  const trace = prefix === undefined || more.length > 0 ? null : under(leaves, prefix);
  const fits =
    trace !== null && [...params].every(([name, { shape }]) => sameShape(trace.get(name)?.shape ?? [-1], shape));
  const count = leaves.find(({ name, shape }) => shape.length === 0 && /(^|\/)count$/.test(name)) ?? null;
  return { trace: fits ? trace : null, count, leaves };
}

/**
 * The momentum that a run of vit_jax goes on with.
 * @throws AppError bad_checkpoint where there is none
 */
export function momentumOf({ optimizer }: StateLayout, file: string): ReadonlyMap<string, StateLeaf> {
  if (optimizer?.trace) return optimizer.trace;
  const found = optimizer
    ? `its optimizer is not vit_jax's SGD with momentum: it keeps ${someNames(
        optimizer.leaves.map(({ name }) => name),
        3,
      )}`
    : 'it holds no state of an optimizer';
  throw new AppError('bad_checkpoint', `${file}: the run can't go on from it, ${found}.`, {
    hint: 'Leave --continue out: a new run then starts from its weights.',
    details: { file },
  });
}
