import { resolveEngine } from '../../services/engine/engines.ts';
import { workerEnvironment } from '../../services/engine/environment.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { CommandContext } from './command.ts';

/**
 * The environment a worker of this command runs in: the chosen engine, and `--threads` where given.
 * @param usual threads without the option; undefined: all cores.
 */
export async function engineEnvironment(
  context: Pick<CommandContext, 'options' | 'log'>,
  usual?: number,
): Promise<NodeJS.ProcessEnv> {
  const choice = await resolveEngine();
  if (choice.kind === 'wasm') {
    context.log('Running on WebAssembly, which is much slower than TensorFlow ("vitrine engine status" says why).');
  }
  return workerEnvironment(choice, { threads: threadsOption(context) ?? usual });
}

/** `--threads`, checked; commands ask at once, so that a mistake is told before anything long. @throws AppError usage */
export function threadsOption({ options }: Pick<CommandContext, 'options'>): number | undefined {
  const option = options['threads'];
  if (option === undefined) return undefined;
  const threads = Number(option);
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new AppError('usage', `--threads is "${option as string}", but must be a whole number from 1 to 1024.`);
  }
  return threads;
}

/** `--allow-nan`, of every command that loads weights. */
export const ALLOW_NAN = { 'allow-nan': { type: 'boolean' } } as const;

export function allowNanOption({ options }: Pick<CommandContext, 'options'>): boolean {
  return options['allow-nan'] === true;
}

/** A whole number from 1 on. @throws AppError usage */
export function positiveOption(name: string, value: CommandContext['options'][string], fallback: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new AppError('usage', `--${name} is "${String(value)}", but must be a whole number from 1 on.`);
  return number;
}
