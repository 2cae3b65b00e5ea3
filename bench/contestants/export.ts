// Exports a checkpoint in a process of its own: node export.ts CHECKPOINT TARGET FOLDER. Prints one line of JSON (a LargeStep).
import type { ExportTarget } from '../../src-shared/contract/worker.ts';
import { exportCheckpoint } from '../../src-worker/checkpoints/export-checkpoint.ts';
import type { LargeStep } from '../large-files.ts';
import { peakBytes } from '../peak-memory.ts';

const [checkpoint, to, output] = process.argv.slice(2) as [string, ExportTarget, string];
const start = performance.now();
const { difference, files } = await exportCheckpoint({ checkpoint, allowNan: false, to, output });
const step: LargeStep = {
  seconds: (performance.now() - start) / 1000,
  peak: peakBytes(),
  difference,
  files: files.map(({ name, bytes }) => `${name} ${bytes.toLocaleString('en')} bytes`),
};
console.log(JSON.stringify(step));
