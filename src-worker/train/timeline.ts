import { appendFileSync, openSync, closeSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../../src-shared/contract/run-files.ts';
import type { TimelineEntry } from '../../src-shared/contract/run-files.ts';
import type { TrainEvent } from '../../src-shared/contract/worker.ts';

/** Writes a run's timeline.jsonl. It tells of the run and is no part of it: what can't be written there stops nothing. */
export class Timeline {
  readonly #path: string;
  #begin: string;
  #phase = '';

  constructor(workdir: string) {
    this.#path = join(workdir, RUN_FILES.timeline);
    // A line that a kill cut short stays alone.
    this.#begin = endsMidLine(this.#path) ? '\n' : '';
  }

  write(entry: Pick<TimelineEntry, 'type'> & Partial<TimelineEntry>): void {
    const line: TimelineEntry = { at: new Date().toISOString(), step: null, text: null, ...entry };
    try {
      appendFileSync(this.#path, `${this.#begin}${JSON.stringify(line)}\n`);
      this.#begin = '';
    } catch {
      // A full disk: metrics and checkpoints say so, and those must be written.
    }
  }

  event(event: TrainEvent): void {
    switch (event.type) {
      case 'note':
        return this.write({ type: 'note', text: event.text });
      case 'phase':
        return this.#enter(event.phase, event.step);
      case 'milestone':
        return this.write({ type: event.what, step: event.step, text: event.text });
      case 'checkpoint':
        return this.write({ type: 'checkpoint', step: event.step });
      case 'metrics':
        if (event.values['accuracy_test'] === undefined) return;
        return this.write({ type: 'evaluation', step: event.step, values: { ...event.values } });
      case 'step':
      case 'begun':
        return;
    }
  }

  /** Saving and evaluating come and go by themselves, and have entries of their own when they are done. */
  #enter(phase: string, step: number): void {
    if (phase === this.#phase || phase === 'saving' || phase === 'evaluating') return;
    this.#phase = phase;
    this.write({ type: 'phase', step, text: phase });
  }
}

function endsMidLine(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false; // none yet
  }
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  } finally {
    closeSync(file);
  }
}
