import type { CatalogDetail } from '../../../src-shared/contract/catalog.ts';
import { countParams } from '../../../src-shared/models/family-params.ts';
import { formatCount, formatMillions } from '../../ui/format.ts';
import { architectureOfRow } from './fit.ts';
import { strings } from './strings.ts';

/** What is known of a checkpoint, a line each; what isn't known is left out. */
export function factsOf({ checkpoint, pretraining, collection, licence, paper }: CatalogDetail): [string, string][] {
  const rows: [string, string | number | null | undefined][] = [
    ['collection', `${collection.title}: ${collection.about}`],
    [strings.details.pretraining, pretraining.name],
    ['ds', pretraining.ds],
    ['epochs', pretraining.epochs],
    ['aug', pretraining.aug],
    ['wd', pretraining.wd],
    ['do, sd', pretraining.do === null ? null : `${pretraining.do}, ${pretraining.sd}`],
    ['adapt_ds', checkpoint?.adaptDs],
    ['adapt_lr', checkpoint?.adaptLr],
    ['adapt_steps', checkpoint?.adaptSteps],
    ['resolution', withUnit(checkpoint?.resolution, (px) => `${px} px`)],
    ['params', paramsText(checkpoint)],
    ['size', withUnit(checkpoint?.sizeMiB, (size) => `${formatCount(size)} MiB`)],
    [strings.details.licence, licence.id],
    [strings.details.paper, `arXiv:${paper.arxiv}`],
  ];
  return rows.flatMap(([key, value]): [string, string][] =>
    value === null || value === undefined ? [] : [[key, String(value)]],
  );
}

function paramsText(checkpoint: CatalogDetail['checkpoint']): string | null {
  if (!checkpoint) return null;
  if (checkpoint.params !== null) return formatMillions(checkpoint.params);
  const architecture = architectureOfRow(checkpoint);
  return architecture && `${formatMillions(countParams(architecture))}, ${strings.preview.counted}`;
}

function withUnit(value: number | null | undefined, format: (value: number) => string): string | null {
  return value === null || value === undefined ? null : format(value);
}
