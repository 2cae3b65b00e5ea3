// Opens a checkpoint as "vitrine logits" does, in a process of its own: node open.ts CHECKPOINT recorded|eager.
// Prints one line of JSON (an Opening).
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { readCheckpoint } from '../../src-worker/checkpoints/read-checkpoint.ts';
import { arbitrary } from '../../src-worker/engine/compare-modes.ts';
import { createProgram } from '../../src-worker/engine/create-program.ts';
import { loadEngine } from '../../src-worker/engine/runtime.ts';
import { moveParams, predictProgram } from '../../src-worker/models/predict-program.ts';
import type { Opening } from '../open-times.ts';
import { peakBytes } from '../peak-memory.ts';

const [path, mode] = process.argv.slice(2) as [string, 'recorded' | 'eager'];
const phases: Record<string, number> = { node: performance.now() / 1000 };

async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  phases[name] = (performance.now() - start) / 1000;
  return result;
}

const engine = await phase('engine', () => loadEngine('tensorflow'));
const { params, architecture } = await phase('read', () => readCheckpoint(path));
const weights = 4 * [...params.values()].reduce((sum, { shape }) => sum + sizeOfShape(shape), 0);
const program = await phase('program', () => createProgram(engine, predictProgram({ architecture, batch: 1 }), mode));
await phase('load', () => moveParams(program, params));
const ready = performance.now() / 1000;
const readyPeak = peakBytes();
const images = arbitrary(3 * sizeOfShape(architecture.imageSize), 1);
await phase('first run', () => program.call('predict', { images }));
await phase('second run', () => program.call('predict', { images }));
const opening: Opening = { version: engine.version, weights, ready, readyPeak, runPeak: peakBytes(), phases };
console.log(JSON.stringify(opening));
