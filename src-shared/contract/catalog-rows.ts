import * as v from 'valibot';
import { EVIDENCE, KINDS } from '../models/collections/release.ts';

// The rows of the catalog and their fields. Null is unknown, never zero.

const text = v.nullable(v.string());
const number = v.nullable(v.number());

/** Fields with few values, each of which a search counts. The first nine are AugReg's grid. */
export const FACETS = [
  'model',
  'ds',
  'aug',
  'wd',
  'do',
  'adaptDs',
  'adaptLr',
  'adaptSteps',
  'resolution',
  'collection',
  'family',
  'kind',
  'evidence',
] as const;
export type Facet = (typeof FACETS)[number];

/** Fields with numbers, which take a range. */
export const NUMBERS = [
  'epochs',
  'lr',
  'wd',
  'do',
  'sd',
  'bestVal',
  'finalVal',
  'finalTest',
  'adaptLr',
  'adaptSteps',
  'resolution',
  'adaptFinalVal',
  'adaptFinalTest',
  'params',
  'imagesPerSecond',
  'sizeMiB',
  'numClasses',
] as const;
export type NumberField = (typeof NUMBERS)[number];

export const SORTS = [
  'name',
  'pretraining',
  'model',
  'ds',
  'aug',
  'adaptDs',
  'collection',
  'family',
  'kind',
  'evidence',
  ...NUMBERS,
] as const;

/** What a pre-training has, and each of its fine-tunings from it. */
const ofPretraining = {
  collection: v.string(),
  family: v.string(),
  /** As the papers write it: B/16. */
  model: v.string(),
  ds: text,
  epochs: number,
  lr: number,
  aug: text,
  wd: number,
  do: number,
  sd: number,
  bestVal: number,
  finalVal: number,
  finalTest: number,
};

const ofCheckpoint = {
  kind: v.picklist(KINDS),
  adaptDs: text,
  adaptLr: number,
  adaptSteps: number,
  /** px */
  resolution: number,
  adaptFinalVal: number,
  adaptFinalTest: number,
  params: number,
  imagesPerSecond: number,
  sizeMiB: number,
  numClasses: number,
  evidence: v.picklist(EVIDENCE),
};

/** One file. Figures are the index's columns: from an imported index.csv, else only where somebody published them. */
export const checkpointSchema = v.object({
  name: v.string(),
  /** The pre-training it comes from; its own name where it is one. */
  pretraining: v.string(),
  ...ofPretraining,
  ...ofCheckpoint,
  starred: v.boolean(),
  tags: v.array(v.string()),
});
export type CatalogCheckpoint = v.InferOutput<typeof checkpointSchema>;

export const pretrainingSchema = v.object({
  name: v.string(),
  ...ofPretraining,
  sizeMiB: number,
  evidence: v.picklist(EVIDENCE),
});
export type CatalogPretraining = v.InferOutput<typeof pretrainingSchema>;

/** What checkpoints can be compared by: all but names and what a person added, in the order it is shown. */
export const COMPARED = [...keysOf(ofPretraining), ...keysOf(ofCheckpoint)] as const;

function keysOf<T extends object>(entries: T): (keyof T)[] {
  return Object.keys(entries) as (keyof T)[];
}
