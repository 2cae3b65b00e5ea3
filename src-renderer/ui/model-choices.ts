import type { Checkpoint } from '../../src-shared/contract/checkpoints.ts';
import type { RunSummary } from '../../src-shared/contract/runs.ts';
import type { Samples } from '../../src-shared/contract/samples.ts';
import type { Api } from '../api.ts';

/** A checkpoint that images can be given to. */
export interface ModelChoice {
  /** On the machine that computes. */
  readonly path: string;
  readonly name: string;
  readonly group: 'sample' | 'library' | 'runs';
  /** Why it names no classes of an image; null where it does. */
  readonly unusable: 'lit' | 'headless' | 'missing' | 'bad' | null;
}

export const MODEL_GROUPS = ['library', 'runs', 'sample'] as const satisfies readonly ModelChoice['group'][];

type Asked = Pick<Api, 'checkpoints' | 'runs' | 'samples'>;

/** Runs that are offered at most. */
const MOST_RUNS = 500;

/** Every model that is known here: the library's, those that runs have made, the sample. @throws AppError */
export async function readModelChoices(api: Asked, signal?: AbortSignal): Promise<ModelChoice[]> {
  const options = signal ? { signal } : {};
  const [{ checkpoints }, { runs }, samples] = await Promise.all([
    api.checkpoints.list(undefined, options),
    api.runs.list({ limit: MOST_RUNS }, options),
    api.samples.list(undefined, options),
  ]);
  return choicesOf({ checkpoints, runs, samples });
}

interface Known {
  checkpoints: readonly Checkpoint[];
  runs: readonly Pick<RunSummary, 'name' | 'model'>[];
  samples: Pick<Samples, 'checkpoint'>;
}

export function choicesOf({ checkpoints, runs, samples }: Known): ModelChoice[] {
  const library = checkpoints.map((checkpoint): ModelChoice => {
    const { path, file } = checkpoint;
    return { path, name: fileName(file ?? path), group: 'library', unusable: whyNot(checkpoint) };
  });
  const here = new Set(library.map(({ path }) => path));
  const made = runs.flatMap(({ name, model }): ModelChoice[] =>
    model === null || here.has(model) ? [] : [{ path: model, name, group: 'runs', unusable: null }],
  );
  const { title, path, added } = samples.checkpoint;
  const sample: ModelChoice[] = added === null ? [{ path, name: title, group: 'sample', unusable: null }] : [];
  return [...library, ...made, ...sample];
}

function whyNot({ state, problem, isLit, architecture }: Checkpoint): ModelChoice['unusable'] {
  if (state === 'missing') return 'missing';
  if (isLit) return 'lit';
  if (problem !== null || architecture === null) return 'bad';
  return architecture.numClasses === null ? 'headless' : null;
}

/** The last part of a path of any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
