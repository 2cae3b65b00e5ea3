import type { Component } from 'svelte';
import type { Params, RouteId } from '../routes.ts';
import Catalog from './catalog/Catalog.svelte';

/** What shows a place, given the parts of its address; loaded when it is first gone to, but for the first view. */
type Loaders = { readonly [Id in RouteId]: () => Promise<Component<Params<Id>>> };

const one = <Props extends Record<string, unknown>>(module: Promise<{ default: Component<Props> }>) =>
  module.then((loaded) => loaded.default);

export const PLACES = {
  catalog: async () => Catalog,
  checkpoint: () => one(import('./checkpoint/Checkpoint.svelte')),
  checkpointFile: () => one(import('./checkpoint/CheckpointFile.svelte')),
  data: () => one(import('./data/DataSets.svelte')),
  dataset: () => one(import('./data/Dataset.svelte')),
  runs: () => one(import('./runs/Runs.svelte')),
  newRun: () => one(import('./new-run/NewRun.svelte')),
  compare: () => one(import('./runs/Compare.svelte')),
  run: () => one(import('./runs/Run.svelte')),
  reports: () => one(import('./reports/Reports.svelte')),
  report: () => one(import('./reports/Report.svelte')),
  playground: () => one(import('./playground/Playground.svelte')),
  engine: () => one(import('./engine/Engine.svelte')),
  settings: () => one(import('./settings/Settings.svelte')),
} as const satisfies Loaders;
