import type { JobName } from '../src-shared/contract/worker.ts';
import type { Job } from './job.ts';

/** What this process can be asked to do. Loaded when asked, so that reading a file needs no TensorFlow. */
export const JOBS = {
  inspect: async () => (await import('./checkpoints/inspect.ts')).inspect,
  tensorStatistics: async () => (await import('./checkpoints/weights/look-inside.ts')).tensorStatistics,
  patchFilters: async () => (await import('./checkpoints/weights/look-inside.ts')).patchFilters,
  positionMaps: async () => (await import('./checkpoints/weights/look-inside.ts')).positionMaps,
  describe: async () => {
    const { describeCheckpoint } = await import('./checkpoints/describe-checkpoint.ts');
    return ({ path }) => describeCheckpoint(path);
  },
  logits: async () => (await import('./evaluate/logits.ts')).computeLogits,
  score: async () => (await import('./evaluate/score.ts')).score,
  scoreResident: async () => (await import('./evaluate/resident.ts')).scoreResident,
  zeroShot: async () => (await import('./evaluate/zero-shot.ts')).zeroShot,
  fingerprint: async () => (await import('./evaluate/fingerprint.ts')).fingerprint,
  export: async () => (await import('./checkpoints/export-checkpoint.ts')).exportCheckpoint,
  train: async () => (await import('./train/run.ts')).train,
  preview: async () => (await import('./data/preview.ts')).preview,
  probe: async () => (await import('./train/probe.ts')).probe,
  speed: async () => (await import('./train/speed.ts')).speed,
  trials: async () => (await import('./train/trials.ts')).trials,
} satisfies { [Name in JobName]: () => Promise<Job<Name>> };
