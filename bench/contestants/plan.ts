// Plans an epoch as a run does, a chunk at a time, in a process of its own: node plan.ts IMAGES. Prints one line of
// JSON (a Planning).
import { createPlan, type PlannedRange } from '../../src-shared/data/plan.ts';
import { CHUNK_IMAGES } from '../../src-worker/train/feeder.ts';
import type { Planning } from '../plan-section.ts';

const images = Number(process.argv[2]);
const chunks: PlannedRange[] = [];

const start = performance.now();
const plan = createPlan({ seed: 0, numItems: images });
chunks.push(plan.range(0, Math.min(CHUNK_IMAGES, images)));
const first = performance.now();
for (let from = CHUNK_IMAGES; from < images; from += CHUNK_IMAGES)
  chunks.push(plan.range(from, Math.min(CHUNK_IMAGES, images - from)));
const end = performance.now();

const seen = new Uint8Array(images);
for (const { items } of chunks) for (const item of items) seen[item]!++;
if (!seen.every((times) => times === 1)) throw new Error('the epoch is not every image once');
const planning: Planning = { first: (first - start) / 1000, rest: (end - first) / 1000 };
console.log(JSON.stringify(planning));
