import type {
  CatalogDetail,
  CatalogGaps,
  CatalogResult,
  ImportReport,
  Recommendation,
} from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';

/** Figures for people: shares in %, what isn't known as a dash. */
const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(2)} %`);
const plain = (value: number | null): string => (value === null ? '–' : value.toLocaleString('en'));

export function renderResult({ total, rows, next }: CatalogResult): string[] {
  const table = [
    ['val', 'test', 'images/s', 'px', 'evidence', 'name'],
    ...rows.map((row) => [...figures(row), plain(row.resolution), row.evidence, row.name]),
  ];
  return [
    `${total.toLocaleString('en')} checkpoint${total === 1 ? '' : 's'}`,
    ...(rows.length > 0 ? aligned(table) : []),
    ...(next === null ? [] : [`more: --after ${next}`]),
  ];
}

function figures({ adaptFinalVal, adaptFinalTest, imagesPerSecond }: CatalogCheckpoint): string[] {
  return [percent(adaptFinalVal), percent(adaptFinalTest), plain(imagesPerSecond)];
}

export function renderRecommendation({ source, picks }: Recommendation): string[] {
  return [
    `By ${source}.`,
    ...picks.flatMap(({ model, pretraining, checkpoint, reason }) => [
      '',
      model,
      `  pre-training  ${pretraining}`,
      ...(checkpoint
        ? [
            `  fine-tuned    ${checkpoint.name}`,
            `  on ${checkpoint.adaptDs}  val ${percent(checkpoint.adaptFinalVal)}, test ${percent(checkpoint.adaptFinalTest)}, ${plain(checkpoint.imagesPerSecond)} images/s`,
          ]
        : []),
      `  ${reason}`,
    ]),
  ];
}

export function renderDetail(detail: CatalogDetail): string[] {
  const { pretraining, checkpoint, collection, paper, licence } = detail;
  const rows: [string, string | number | null][] = [
    ['name', detail.name],
    ['collection', `${collection.title}: ${collection.about}`],
    ['model', pretraining.model],
    ['pre-training', pretraining.name],
    ['data', pretraining.ds],
    ['augmentation', pretraining.aug],
    ['weight decay', pretraining.wd],
    ['dropout, stochastic depth', pretraining.do === null ? null : `${pretraining.do}, ${pretraining.sd}`],
    ['final_val', pretraining.finalVal],
    ['final_test', pretraining.finalTest],
    ...(checkpoint ? ofCheckpoint(checkpoint) : []),
    ['evidence', (checkpoint ?? pretraining).evidence],
    ['fine-tunings of it', detail.finetunes.total],
    ['paper', `arXiv:${paper.arxiv}`],
    ['licence', licence.id],
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  return [
    ...rows.filter(([, value]) => value !== null).map(([key, value]) => `${key.padEnd(width)}  ${value}`),
    ...section(
      'published figures',
      detail.figures.map(
        ({ metric, on, value, protocol, source }) =>
          `${metric}${on === null ? '' : ` on ${on}`}: ${value} (${protocol}; ${source})`,
      ),
    ),
    ...section(
      'where it lies',
      detail.mirrors.map(({ address, readable, note }) =>
        [address, ...(readable ? [] : ['not read by Vitrine']), ...(note === null ? [] : [note])].join('; '),
      ),
    ),
    ...section('notes', detail.notes),
    ...section('your note', detail.annotation.note === '' ? [] : [detail.annotation.note]),
  ];
}

function ofCheckpoint(row: CatalogCheckpoint): [string, string | number | null][] {
  return [
    ['fine-tuned on', row.adaptDs],
    ['steps', row.adaptSteps],
    ['learning rate', row.adaptLr],
    ['resolution', row.resolution === null ? null : `${row.resolution} px`],
    ['adapt_final_val', row.adaptFinalVal],
    ['adapt_final_test', row.adaptFinalTest],
    ['parameters', row.params],
    ['images/s', row.imagesPerSecond],
    ['size', row.sizeMiB === null ? null : `${row.sizeMiB} MiB`],
    ['classes', row.numClasses],
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

export function renderReport(report: ImportReport): string[] {
  const { rows, pretrainings, added, changed, unchanged, removed, strange, examples } = report;
  const n = (value: number): string => value.toLocaleString('en');
  return [
    `${n(rows)} rows of ${n(pretrainings)} pre-trainings: ${n(added)} added, ${n(changed)} changed, ${n(unchanged)} as they were, ${n(removed)} removed.`,
    ...(strange === 0 ? [] : [`${n(strange)} are otherwise than AugReg's grid has them; they were taken as they are:`]),
    ...examples.strange.map(({ row, name, reason }) => `  row ${row}, ${name}: ${reason}`),
    `SHA-256 ${report.sha256}; ${report.seconds.toFixed(1)} s`,
  ];
}

export function renderGaps({ index, checkpoints, pretrainings, evidence, figures, gaps }: CatalogGaps): string[] {
  const n = (value: number): string => value.toLocaleString('en');
  return [
    index
      ? `AugReg as ${index.source} has it (imported ${index.importedAt}, SHA-256 ${index.sha256})`
      : 'AugReg as its published grid has it; no index.csv is imported',
    `${n(checkpoints)} fine-tunings of ${n(pretrainings)} pre-trainings`,
    `names: ${evidence.map((row) => `${n(row.checkpoints)} ${row.evidence}`).join(', ')}`,
    `figures: ${figures.map(({ field, known }) => `${field} ${n(known)}`).join(', ')} of ${n(checkpoints)}`,
    ...gaps.map((gap) => `- ${gap}`),
  ];
}

function aligned(table: readonly string[][]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const last = widths.length - 1;
  return table.map((row) =>
    row
      .map((cell, i) => (i === last ? cell : i === last - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  '),
  );
}
