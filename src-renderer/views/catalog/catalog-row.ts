import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import type { Lineage } from '../../../src-shared/contract/catalog.ts';

/** A line of the table: a checkpoint, or where they are grouped a pre-training that opens. */
export interface CatalogRow extends CatalogCheckpoint {
  /** Of a pre-training: its fine-tunes under the question, and whether they are shown. */
  readonly group?: { readonly matching: number; readonly open: boolean };
  /** Of a fine-tune below its pre-training. */
  readonly below?: boolean;
}

/** A pre-training as a line: what only a fine-tune has is null. */
export function groupRow({ pretraining, matching }: Lineage, open: boolean): CatalogRow {
  return {
    ...pretraining,
    pretraining: pretraining.name,
    kind: 'pretrained',
    adaptDs: null,
    adaptLr: null,
    adaptSteps: null,
    resolution: null,
    adaptFinalVal: null,
    adaptFinalTest: null,
    params: null,
    imagesPerSecond: null,
    numClasses: null,
    starred: false,
    tags: [],
    group: { matching, open },
  };
}
