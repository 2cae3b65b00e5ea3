import type { Architecture } from '../models/architecture.ts';
import { paramsOf } from '../models/family-params.ts';
import { sizeOfShape } from '../models/params.ts';
import type { RunConfig } from './run-config.ts';

/** What a run's files take, bytes. */
export interface DiskNeed {
  /** One training state: parameters, the optimizer's numbers, running means. */
  state: number;
  /** model.npz; best.npz has the same size. */
  model: number;
  /** Metrics, TensorBoard events, timeline, log. */
  records: number;
  /** The most at any moment: a state is written whole before the one before it goes. */
  most: number;
}

const FLOAT32 = 4; // whatever a number's type is in the program, it is saved as float32
/** npy header, the archive's two entries and the name, twice; at most. */
const HEADERS = 512;
/** Of a line of metrics and the event beside it. */
const LINE = 400;
const RECORDS = 1 << 20;

/** Numbers that an optimizer keeps for each one it changes. */
const OPTIMIZER_NUMBERS: Readonly<Record<RunConfig['vitrine']['optim']['name'], number>> = {
  sgd: 1,
  adam: 2,
  adamw: 2,
};

/** @param learning values and tensors that the optimizer changes */
export function diskNeed(
  architecture: Architecture,
  { vitrine, total_steps, progress_every }: Pick<RunConfig, 'vitrine' | 'total_steps' | 'progress_every'>,
  learning: Counted,
): DiskNeed {
  const all = countedParams(architecture);
  const model = bytesOf(all);
  const optimizer = OPTIMIZER_NUMBERS[vitrine.optim.name] * bytesOf(learning);
  const state = model + optimizer + (vitrine.ema > 0 ? bytesOf(learning) : 0);
  const records = RECORDS + LINE * (progress_every === 0 ? 0 : Math.ceil(total_steps / progress_every));
  const best = vitrine.best_by === 'none' ? 0 : model;
  // The last state and model.npz are no more than two states.
  return { state, model, records, most: 2 * state + best + records };
}

export interface Counted {
  values: number;
  tensors: number;
}

/** The parameters of a model, or those of them that are named. */
export function countedParams(architecture: Architecture, names?: readonly string[]): Counted {
  const params = paramsOf(architecture);
  const shapes = (names ?? [...params.keys()]).map((name) => params.get(name)!.shape);
  return { values: shapes.reduce((sum, shape) => sum + sizeOfShape(shape), 0), tensors: shapes.length };
}

function bytesOf({ values, tensors }: Counted): number {
  return values * FLOAT32 + tensors * HEADERS;
}
