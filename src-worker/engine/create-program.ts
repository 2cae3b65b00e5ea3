import type { Program, ProgramSpec } from './program.ts';
import type { Engine } from './runtime.ts';

/**
 * Makes a program on the engine: recorded into a compiled TensorFlow graph there, eager elsewhere (or with
 * `mode: 'eager'`, which the property tests compare with).
 * @throws RecordingError when a method can't be recorded.
 */
export async function createProgram(engine: Engine, spec: ProgramSpec, mode?: Program['mode']): Promise<Program> {
  const recorded = mode ? mode === 'recorded' : engine.kind === 'tensorflow';
  if (recorded) {
    const { RecordedProgram } = await import('./recorded-program.ts');
    return RecordedProgram.create(spec);
  }
  const { EagerProgram } = await import('./eager-program.ts');
  return new EagerProgram(spec);
}
