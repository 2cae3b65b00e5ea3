import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import { isDatasetName } from '../../../src-shared/data/named.ts';
import { formatBytes, formatCount, formatMillions } from '../../ui/format.ts';
import type { Choosable } from './library.svelte.ts';
import { strings } from './strings.ts';

/** One thing that can be chosen. */
export interface Item {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  /** Why it can't be chosen; null where it can. */
  readonly problem: string | null;
}

/** Stands for the bundled sample before it is in the library; in the address too, so that a reload goes on with it. */
export const SAMPLE = 'sample:';

/** The library's checkpoints, the models of finished runs, the sample; and what was chosen, where it is none of them. */
export function checkpointItems(
  { checkpoints, runs, samples }: Pick<Choosable, 'checkpoints' | 'runs' | 'samples'>,
  chosen: string,
): Item[] {
  const here = new Set(checkpoints.map(({ path }) => path));
  const items = [
    ...checkpoints.map((checkpoint) => ofLibrary(checkpoint, checkpoint.id === samples?.checkpoint.added)),
    ...runs.flatMap(({ name, model }): Item[] =>
      model === null || here.has(model)
        ? []
        : [{ id: model, title: name, note: strings.checkpoint.ofRun(name), problem: null }],
    ),
    ...(samples !== null && samples.checkpoint.added === null
      ? [{ id: SAMPLE, title: samples.checkpoint.title, note: strings.checkpoint.sample, problem: null }]
      : []),
  ];
  if (chosen === '' || chosen === SAMPLE || items.some(({ id }) => id === chosen)) return items;
  return [{ id: chosen, title: lastPart(chosen), note: strings.checkpoint.elsewhere, problem: null }, ...items];
}

function ofLibrary(checkpoint: Checkpoint, isSample: boolean): Item {
  const { path, variant, architecture, parameters, bytes, state, problem, isLit } = checkpoint;
  const facts = [
    isSample ? strings.checkpoint.sample : variant,
    architecture === null ? null : `${architecture.imageSize[0]} px`,
    `${formatMillions(parameters)} parameters`,
    formatBytes(bytes),
  ];
  return {
    id: path,
    title: lastPart(path),
    note: facts.filter((fact) => fact !== null).join(' · '),
    problem:
      state === 'missing'
        ? strings.checkpoint.states.missing
        : (problem?.message ?? (isLit ? strings.checkpoint.lit : null)),
  };
}

/** The library's data sets and the sample; and what was typed, where it is none of them. */
export function datasetItems({ datasets, samples }: Pick<Choosable, 'datasets' | 'samples'>, chosen: string): Item[] {
  const items = [
    ...datasets.map((dataset) => ({
      id: dataset.id,
      title: dataset.name,
      note: factsOf(dataset),
      problem:
        dataset.state === 'failed' ? (dataset.error?.message ?? strings.data.states.failed) : dataset.notTrainable,
    })),
    ...(samples !== null && samples.dataset.added === null
      ? [{ id: SAMPLE, title: samples.dataset.title, note: strings.data.sample, problem: null }]
      : []),
  ];
  if (!isTyped(chosen) || items.some(({ id }) => id === chosen)) return items;
  return [{ id: chosen, title: lastPart(chosen), note: strings.data.typed, problem: null }, ...items];
}

function factsOf({ state, images, classes, bad }: Dataset): string {
  if (state === 'reading') return strings.data.states.reading;
  const facts = strings.data.facts(formatCount(images), formatCount(classes));
  return bad === 0 ? facts : `${facts} · ${strings.data.bad(formatCount(bad))}`;
}

/** A folder or a published name, and not an id of the library. */
export function isTyped(dataset: string): boolean {
  return /[\\/]/.test(dataset) || isDatasetName(dataset);
}

export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
