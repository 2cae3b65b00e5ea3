import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeError } from '../checkpoints/stage-file.ts';
import { EventFile } from './tfevents.ts';

const FILE = 'metrics.jsonl';

/** Metrics of a run under vit_jax's names: a line of JSON each in metrics.jsonl, and a TensorBoard event file. */
export class MetricsLog {
  readonly #path: string;
  readonly #events: EventFile;

  /**
   * @param startStep updates already made: what an interrupted process wrote beyond is dropped, so that a step stands
   * once.
   * @throws AppError disk_full, bad_file (also from `write`)
   */
  constructor(workdir: string, startStep: number) {
    this.#path = join(workdir, FILE);
    try {
      if (existsSync(this.#path)) keepUntil(this.#path, startStep);
      this.#events = new EventFile(workdir, startStep);
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }

  write(step: number, values: Readonly<Record<string, number>>): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify({ step, ...values })}\n`);
      this.#events.scalars(step, values);
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }
}

/** Every metric that a run has written for a step, or an empty record. */
export function metricsAt(workdir: string, step: number): Record<string, number> {
  const path = join(workdir, FILE);
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, 'utf8').split('\n');
  const values = lines
    .filter((line) => stepOf(line) === step)
    .map((line) => JSON.parse(line) as Record<string, number>);
  return Object.assign({}, ...values) as Record<string, number>;
}

function keepUntil(path: string, step: number): void {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => stepOf(line) <= step);
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, lines.map((line) => `${line}\n`).join(''));
  renameSync(temporary, path);
}

/** Infinity for a line cut short by a kill. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as { step: number }).step;
  } catch {
    return Infinity;
  }
}
