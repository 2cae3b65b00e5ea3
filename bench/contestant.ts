import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AppError } from '../src-shared/errors.ts';
import type { Turn } from './measure.ts';
import { peakBytes } from './peak-memory.ts';

/** How a contestant introduces itself when it is ready to be measured. */
export interface Introduction {
  /** Of the software it runs on, by name. */
  versions: Record<string, string>;
  /** Seconds from the model's making to the end of its first step, compilation within; for steps only. */
  firstStep?: number;
}

/**
 * A process to be measured. It prints a line of JSON when it has loaded and compiled, then answers each line
 * `TASK COUNT` on its standard input with a line of JSON, a Turn.
 */
export class Contestant {
  readonly name: string;
  introduction: Introduction = { versions: {} };
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on('data', (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-4000)));
    child.on('error', (error) => (this.#errors += String(error)));
  }

  static async start(name: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<Contestant> {
    const child = spawn(command[0]!, command.slice(1), { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const contestant = new Contestant(name, child);
    contestant.introduction = (await contestant.#answer()) as Introduction;
    return contestant;
  }

  async turn(task: string, count: number): Promise<Turn> {
    this.#child.stdin!.write(`${task} ${count}\n`);
    return (await this.#answer()) as Turn;
  }

  /** From here on `peakBytes` tells of what follows alone. Linux only. */
  forgetPeak(): void {
    try {
      writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
    } catch {
      // Then the peak is that of its whole life.
    }
  }

  /** Most memory that the process had since `forgetPeak`, bytes; NaN where the system doesn't tell. */
  peakBytes(): number {
    return peakBytes(this.#child.pid);
  }

  stop(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }

  async #answer(): Promise<unknown> {
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    if (next.done !== true) return JSON.parse(next.value) as unknown;
    throw new AppError('internal', `The contestant ${this.name} ended: ${this.#errors.trim() || 'no word why'}`);
  }
}
