import type { TimelineEntry } from '../../../src-shared/contract/run-files.ts';
import type { RunDetail, RunSummary } from '../../../src-shared/contract/runs.ts';

/** Runs as a table, one a line. */
export function renderRuns({ runs, total }: { runs: RunSummary[]; total: number }): string[] {
  if (runs.length === 0) return ['No runs.'];
  const rows = runs.map((run) => [run.id, stateOf(run), `${run.step}/${run.totalSteps}`, run.name, run.workdir]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[2]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return runs.length < total ? [...lines, `… ${total - runs.length} more: --limit`] : lines;
}

/** One run in full. */
export function renderRun(run: RunDetail, timeline: TimelineEntry[]): string[] {
  const facts: [string, string | null][] = [
    ['run', `${run.id}  ${run.name}`],
    ['state', stateOf(run)],
    ['', run.error && `${run.error.message}${run.error.hint === null ? '' : `\n${' '.repeat(13)}${run.error.hint}`}`],
    ['', run.waiting],
    ['steps', `${run.step} of ${run.totalSteps}${run.savedStep === null ? '' : `, saved at ${run.savedStep}`}`],
    ['process', run.pid === null ? null : `${run.pid}${run.device === null ? '' : ` on ${run.device}`}`],
    ['workdir', run.workdir],
    ['model', run.model],
    ['checkpoint', run.checkpoint],
    ['data set', run.dataset.endsWith(run.datasetName) ? run.dataset : `${run.datasetName} (${run.dataset})`],
    ['tags', run.tags.join(', ') || null],
  ];
  const metrics = Object.entries(run.latest).map(([name, value]) => `  ${name.padEnd(20)} ${value ?? 'not finite'}`);
  const happened = timeline.map(({ at, type, step, text }) =>
    `  ${at}  ${type.padEnd(10)} ${step === null ? '' : `step ${step}`}  ${text ?? ''}`.trimEnd(),
  );
  return [
    ...facts.filter(([, value]) => value !== null).map(([label, value]) => `${label.padEnd(12)} ${value}`),
    ...(metrics.length > 0 ? ['', 'newest metrics', ...metrics] : []),
    '',
    'what happened',
    ...happened,
  ];
}

function stateOf({ state, cause, phase, resumable }: RunSummary): string {
  if (cause !== null) return `${state} (${cause.replaceAll('_', ' ')})`;
  if (phase !== null && phase !== 'training') return `${state} (${phase})`;
  return state === 'interrupted' && resumable ? 'interrupted, can be resumed' : state;
}
