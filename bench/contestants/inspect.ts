// Reads a checkpoint through in a process of its own: node inspect.ts CHECKPOINT. Prints one line of JSON (a LargeStep).
import { inspectCheckpoint } from '../../src-worker/checkpoints/inspect-checkpoint.ts';
import type { LargeStep } from '../large-files.ts';
import { peakBytes } from '../peak-memory.ts';

const start = performance.now();
const { error, bytes, sha256, missing, unused } = await inspectCheckpoint(process.argv[2]!);
if (error || missing.length + unused.length > 0) throw new Error(error?.message ?? 'tensors are missing or not used');
const step: LargeStep = { seconds: (performance.now() - start) / 1000, peak: peakBytes(), bytes, sha256, files: [] };
console.log(JSON.stringify(step));
