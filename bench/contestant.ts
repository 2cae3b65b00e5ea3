import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AppError } from '../src-shared/errors.ts';
import type { Turn } from './measure.ts';

/** How a contestant introduces itself when it is ready to be measured. */
export interface Introduction {
  /** Of the software it runs on, by name. */
  versions: Record<string, string>;
}

/**
 * A process to be measured. It prints a line of JSON when it has loaded and compiled, then answers each line
 * `TASK COUNT` on its standard input with a line of JSON, a Turn.
 */
export class Contestant {
  readonly name: string;
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

  static async start(
    name: string,
    command: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ contestant: Contestant; introduction: Introduction }> {
    const child = spawn(command[0]!, command.slice(1), { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const contestant = new Contestant(name, child);
    return { contestant, introduction: (await contestant.#answer()) as Introduction };
  }

  async turn(task: string, count: number): Promise<Turn> {
    this.#child.stdin!.write(`${task} ${count}\n`);
    return (await this.#answer()) as Turn;
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
