import type { Snippet } from 'svelte';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import { formatCount, formatMillions, formatPercent } from '../../ui/format.ts';
import type { Column } from '../../ui/table.ts';
import type { CatalogRow } from './catalog-row.ts';
import { strings } from './strings.ts';

type NumberName = {
  [Name in keyof CatalogCheckpoint]: CatalogCheckpoint[Name] extends number | null ? Name : never;
}[keyof CatalogCheckpoint];

interface ColumnCells {
  star: Snippet<[CatalogRow]>;
  model: Snippet<[CatalogRow]>;
  tags: Snippet<[CatalogRow]>;
  fit: Snippet<[CatalogRow]>;
}

const unknown = (): string => strings.noFigure;
const count = (value: number): string => formatCount(value);

/** A dash says that a figure isn't known; a pre-training's line leaves empty what only a fine-tune has. */
function number(
  id: NumberName,
  width: number,
  { format = String, figure = false, ofFinetune = true }: NumberOptions = {},
): Column<CatalogRow> {
  return {
    id,
    title: strings.columns[id as keyof typeof strings.columns],
    width,
    align: 'end',
    sortable: true,
    text: (row) => {
      const value = row[id];
      if (value !== null) return format(value);
      return row.group && ofFinetune ? '' : null;
    },
    ...(figure ? { unknown } : {}),
  };
}

interface NumberOptions {
  format?: (value: number) => string;
  figure?: boolean;
  /** Not of its pre-training. */
  ofFinetune?: boolean;
}

/** Every column there is, in its place. */
export function allColumns(cells: ColumnCells): Column<CatalogRow>[] {
  const { columns } = strings;
  const ofPretraining = { ofFinetune: false };
  return [
    { id: 'star', title: '', width: 34, text: () => '', cell: cells.star },
    { id: 'model', title: columns.model, width: 92, sortable: true, text: (row) => row.model, cell: cells.model },
    { id: 'name', title: columns.name, width: 320, sortable: true, text: (row) => row.name },
    { id: 'collection', title: columns.collection, width: 88, sortable: true, text: (row) => row.collection },
    { id: 'ds', title: columns.ds, width: 88, sortable: true, text: (row) => row.ds },
    { id: 'aug', title: columns.aug, width: 74, sortable: true, text: (row) => row.aug },
    number('wd', 52, ofPretraining),
    number('do', 56, { ...ofPretraining, format: (value) => value.toFixed(1) }),
    number('epochs', 72, ofPretraining),
    {
      id: 'adaptDs',
      title: columns.adaptDs,
      width: 118,
      sortable: true,
      text: (row) => (row.group ? strings.lineage.finetunes(row.group.matching) : row.adaptDs),
    },
    number('resolution', 50, { format: count }),
    number('adaptLr', 58),
    number('adaptSteps', 66, { format: count }),
    number('adaptFinalTest', 68, { format: formatPercent, figure: true }),
    number('imagesPerSecond', 60, { format: (value) => count(Math.round(value)), figure: true }),
    { id: 'fit', title: columns.fit, width: 96, text: () => '', cell: cells.fit },
    number('params', 80, { format: formatMillions, figure: true }),
    number('sizeMiB', 84, { format: (value) => count(Math.round(value)), figure: true }),
    {
      id: 'evidence',
      title: columns.evidence,
      width: 84,
      sortable: true,
      text: (row) => strings.evidence[row.evidence] ?? row.evidence,
    },
    { id: 'tags', title: columns.tags, width: 120, text: (row) => row.tags.join(', '), cell: cells.tags },
  ];
}

/** Shown until a person chooses others. */
export const USUAL_COLUMNS: readonly string[] = [
  'star',
  'model',
  'ds',
  'aug',
  'wd',
  'do',
  'adaptDs',
  'resolution',
  'adaptLr',
  'adaptSteps',
  'adaptFinalTest',
  'imagesPerSecond',
  'fit',
  'evidence',
];
