import { AppError } from '../../src-shared/errors.ts';
import type { GraphOptions } from './graph/program-graph.ts';
import type { Program, ProgramSpec } from './program.ts';
import type { Engine } from './runtime.ts';

export interface ProgramOptions extends GraphOptions {
  /** Instead of the engine's own way. */
  mode?: Program['mode'] | undefined;
}

/**
 * Makes a program on the engine: recorded into a compiled TensorFlow graph there, eager elsewhere (or with the mode
 * 'eager', which the property tests compare with).
 * @throws RecordingError when a method can't be recorded; AppError engine for bfloat16 where programs aren't recorded.
 */
export async function createProgram(
  engine: Engine,
  spec: ProgramSpec,
  how: Program['mode'] | ProgramOptions = {},
): Promise<Program> {
  const { mode, ...options } = typeof how === 'string' ? { mode: how } : how;
  const recorded = mode ? mode === 'recorded' : engine.kind === 'tensorflow';
  if (recorded) {
    const { RecordedProgram } = await import('./recorded-program.ts');
    return RecordedProgram.create(spec, options);
  }
  const precisions = [options.precision, ...Object.values(spec.methods).map(({ precision }) => precision)];
  if (precisions.includes('bfloat16')) throw onlyRecorded();
  const { EagerProgram } = await import('./eager-program.ts');
  return new EagerProgram(spec);
}

function onlyRecorded(): AppError {
  return new AppError('engine', 'Matrix products in bfloat16 need TensorFlow; op by op and on WASM all is float32.', {
    hint: 'Run "vitrine engine install", or leave vitrine.precision at float32.',
  });
}
