import type { Evaluation } from '../../../src-shared/contract/evaluations.ts';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';

type Asked = Pick<Api, 'evaluations'>;

/** One evaluation: watched while it is computed, then its report. */
export class ReportView {
  readonly id: string;
  evaluation = $state.raw<Evaluation | null>(null);
  /** Every number of the report; null until it is finished and read. */
  report = $state.raw<EvaluationReport | null>(null);
  error = $state.raw<AppError | null>(null);
  busy = $state(false);
  readonly #api: Asked;

  constructor(api: Asked, id: string) {
    this.#api = api;
    this.id = id;
  }

  async load(): Promise<void> {
    try {
      const evaluation = await this.#api.evaluations.get({ id: this.id });
      if (evaluation.report && !this.report) this.report = await readReport(evaluation.report.json);
      this.evaluation = evaluation;
      this.error = null;
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    return live.on('evaluation', (event) => {
      if (event === null) return void this.load();
      if (event.id !== this.id) return;
      const { evaluation } = this;
      // Another state brings an error, figures or a report: those are read.
      if (evaluation?.state === event.state) this.evaluation = { ...evaluation, progress: event.progress };
      else void this.load();
    });
  }

  async cancel(): Promise<void> {
    this.busy = true;
    try {
      this.evaluation = await this.#api.evaluations.cancel({ id: this.id });
    } catch (error) {
      this.error = asShown(error);
    } finally {
      this.busy = false;
    }
  }
}

async function readReport(address: string): Promise<EvaluationReport> {
  const answer = await fetch(address).catch((cause: unknown) => {
    throw new AppError('network', 'The report could not be read: Vitrine does not answer.', { cause });
  });
  if (!answer.ok)
    throw new AppError('not_found', 'The report’s file is not there any more.', { hint: 'Evaluate again.' });
  return (await answer.json()) as EvaluationReport;
}
