import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import { parseSplit } from '../../../src-shared/data/split-string.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { readModelChoices } from '../../ui/model-choices.ts';
import type { ModelChoice } from '../../ui/model-choices.ts';
import { untilRead } from '../../ui/until-read.ts';
import { strings } from './strings.ts';

type Asked = Pick<Api, 'checkpoints' | 'datasets' | 'evaluations' | 'runs' | 'samples'>;

/** What the dialog asks for. */
export interface EvaluateForm {
  checkpoint: string;
  /** A data set's id. */
  dataset: string;
  split: string;
  batch: number | null;
  seed: number | null;
  skipBad: boolean;
}

export type Problems = Partial<Record<keyof EvaluateForm, string>>;

/** What is wrong with what was given, by field, in a person's words; the data set is the one of its id. */
export function problemsOf(form: EvaluateForm, dataset: Dataset | undefined): Problems {
  const t = strings.evaluate.problems;
  const problems: Problems = {};
  if (form.checkpoint === '') problems.checkpoint = t.checkpoint;
  if (dataset === undefined) problems.dataset = t.dataset;
  else if (dataset.state !== 'ready' && dataset.state !== 'checking') problems.dataset = t.notReady(dataset.name);
  const split = splitProblem(form.split.trim(), dataset);
  if (split !== null) problems.split = split;
  if (!isWhole(form.batch, 1, 65_536)) problems.batch = t.batch;
  if (!isWhole(form.seed, 0, Number.MAX_SAFE_INTEGER)) problems.seed = t.seed;
  return problems;
}

function splitProblem(split: string, dataset: Dataset | undefined): string | null {
  if (split === '') return strings.evaluate.problems.split;
  try {
    const named = parseSplit(split).map(({ name }) => name);
    const known = dataset?.splits.map(({ name }) => name) ?? [];
    const strange = known.length === 0 ? undefined : named.find((name) => !known.includes(name));
    return strange === undefined ? null : strings.evaluate.problems.noSplit(strange, known.join(', '));
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

function isWhole(value: number | null, least: number, most: number): boolean {
  return value !== null && Number.isSafeInteger(value) && value >= least && value <= most;
}

/** The split that a data set is scored on unless somebody says otherwise. */
export function usualSplit({ splits }: Pick<Dataset, 'splits'>): string {
  const names = splits.map(({ name }) => name);
  return ['test', 'validation', 'val'].find((name) => names.includes(name)) ?? names[0] ?? 'test';
}

/** The dialog "Evaluate": what can be chosen, what was, and the start. */
export class Evaluate {
  form = $state<EvaluateForm>({ checkpoint: '', dataset: '', split: '', batch: 64, seed: 0, skipBad: false });
  models = $state.raw<readonly ModelChoice[]>([]);
  datasets = $state.raw<readonly Dataset[]>([]);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  /** Whether somebody has tried to start: only then is what is missing said. */
  tried = $state(false);
  busy = $state(false);
  readonly dataset = $derived(this.datasets.find(({ id }) => id === this.form.dataset));
  readonly problems = $derived(problemsOf(this.form, this.dataset));
  readonly #api: Asked;

  constructor(api: Asked) {
    this.#api = api;
  }

  /** Prefilled with what is given; empty strings for what isn't. */
  async open(checkpoint: string, dataset: string): Promise<void> {
    this.tried = false;
    this.form = { checkpoint, dataset, split: '', batch: 64, seed: 0, skipBad: false };
    await this.load();
    const given = this.datasets.find(({ id, root }) => id === dataset || root === dataset);
    const only = this.datasets.length === 1 ? this.datasets[0] : undefined;
    const chosen = given ?? (dataset === '' ? only : undefined);
    if (chosen) this.chooseDataset(chosen.id);
  }

  async load(): Promise<void> {
    try {
      const [models, datasets] = await Promise.all([readModelChoices(this.#api), this.#api.datasets.list()]);
      this.models = models;
      this.datasets = datasets;
      this.error = null;
      this.loaded = true;
    } catch (error) {
      this.error = asShown(error);
    }
  }

  chooseDataset(id: string): void {
    const dataset = this.datasets.find((one) => one.id === id);
    this.form = { ...this.form, dataset: id, split: dataset ? usualSplit(dataset) : '' };
  }

  /** The id of what was begun; null where something is missing or main refuses. */
  async start(): Promise<string | null> {
    this.tried = true;
    if (Object.keys(this.problems).length > 0) return null;
    this.busy = true;
    try {
      const { batch, seed, split, ...rest } = this.form;
      const { id } = await this.#api.evaluations.start({ ...rest, split: split.trim(), batch: batch!, seed: seed! });
      return id;
    } catch (error) {
      this.error = asShown(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

/** Takes the samples into the library and scores one on the other. The evaluation's id. @throws AppError */
export async function evaluateSample(api: Asked, live: Live): Promise<string> {
  const { checkpoint, dataset } = await api.samples.add();
  await untilRead(api, { live, id: dataset });
  const { checkpoint: file } = await api.checkpoints.get({ id: checkpoint });
  const { id } = await api.evaluations.start({ checkpoint: file.path, dataset, split: 'test' });
  return id;
}
