import type { Evaluation, EvaluationSettings } from '../../../src-shared/contract/evaluations.ts';
import type { KeptFailure, WorkProgress } from '../../../src-shared/contract/failure.ts';
import type { Database } from '../../database/open.ts';
import { isAlive } from '../../workers/process-liveness.ts';
import type { ProcessIdentity } from '../../workers/process-liveness.ts';

/** What is stored of a state; "interrupted" is never stored, it is seen. */
type StoredState = Exclude<Evaluation['state'], 'interrupted'>;
export type KeptSettings = Pick<EvaluationSettings, 'skipBad' | 'batch' | 'seed'>;

interface Row {
  id: string;
  state: StoredState;
  owner: string | null;
  error: string | null;
  checkpoint: string;
  dataset: string | null;
  data: string;
  settings: string;
  result: string | null;
  created_at: string;
  finished_at: string | null;
}

/** The evaluations' table. */
export function evaluationRows(database: Database) {
  const one = database.prepare<[string], Row>('SELECT * FROM evaluations WHERE id = ?');
  const all = database.prepare<[], Row>('SELECT * FROM evaluations ORDER BY created_at DESC, id');
  const insert = database.prepare(
    `INSERT INTO evaluations (id, state, owner, error, checkpoint, dataset, data, settings, result, created_at, finished_at)
     VALUES (:id, :state, :owner, :error, :checkpoint, (SELECT id FROM datasets WHERE id = :dataset), :data, :settings,
             :result, :createdAt, :finishedAt)`,
  );
  const update = database.prepare(
    `UPDATE evaluations SET state = :state, owner = :owner, error = :error, checkpoint = :checkpoint, result = :result,
       finished_at = :finishedAt WHERE id = :id`,
  );
  const drop = database.prepare('DELETE FROM evaluations WHERE id = ?');

  return {
    get(id: string, progress: WorkProgress | null): Evaluation | null {
      const row = one.get(id);
      return row ? asEvaluation(row, progress) : null;
    },
    list: (progressOf: (id: string) => WorkProgress | null) =>
      all.all().map((row) => asEvaluation(row, progressOf(row.id))),
    settingsOf: (id: string) => JSON.parse(one.get(id)?.settings ?? '{}') as KeptSettings,
    insert: (evaluation: Evaluation, settings: KeptSettings, owner: ProcessIdentity | null) => {
      const { id: dataset, ...data } = evaluation.dataset;
      insert.run({
        ...changing(evaluation, owner),
        dataset,
        data: JSON.stringify(data),
        settings: JSON.stringify(settings),
        createdAt: evaluation.createdAt,
      });
    },
    update: (evaluation: Evaluation, owner: ProcessIdentity | null) => void update.run(changing(evaluation, owner)),
    remove: (id: string) => drop.run(id).changes > 0,
  };
}

function changing(evaluation: Evaluation, owner: ProcessIdentity | null) {
  const { id, error, checkpoint, result, finishedAt } = evaluation;
  return {
    id,
    // One that was lost is stored as what it was; without an owner it is seen as interrupted.
    state: evaluation.state === 'interrupted' ? 'running' : evaluation.state,
    owner: owner === null ? null : JSON.stringify(owner),
    error: error === null ? null : JSON.stringify(error),
    checkpoint: JSON.stringify(checkpoint),
    result: result === null ? null : JSON.stringify(result),
    finishedAt,
  };
}

const INTERRUPTED: KeptFailure = {
  code: 'interrupted',
  message: 'The process that computed it ended without a word.',
  hint: 'Start it again.',
};

function asEvaluation(row: Row, progress: WorkProgress | null): Evaluation {
  const working = row.state === 'queued' || row.state === 'running';
  const lost = working && !(row.owner !== null && isAlive(JSON.parse(row.owner) as ProcessIdentity));
  const { id } = row;
  return {
    id,
    state: lost ? 'interrupted' : row.state,
    progress: row.state === 'running' && !lost ? progress : null,
    error: lost ? INTERRUPTED : row.error === null ? null : (JSON.parse(row.error) as KeptFailure),
    checkpoint: JSON.parse(row.checkpoint) as Evaluation['checkpoint'],
    dataset: { id: row.dataset, ...(JSON.parse(row.data) as Omit<Evaluation['dataset'], 'id'>) },
    result: row.result === null ? null : (JSON.parse(row.result) as Evaluation['result']),
    report:
      row.state === 'finished'
        ? { html: `/media/reports/${id}/html`, json: `/media/reports/${id}/json`, csv: `/media/reports/${id}/csv` }
        : null,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
