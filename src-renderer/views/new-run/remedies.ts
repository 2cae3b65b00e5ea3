import { moreParts, possibleParts } from '../../../src-shared/config/batch-parts.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import { withLeaf } from '../../../src-shared/config/run-config.ts';
import type { MemoryEstimate } from '../../../src-shared/contract/checkpoints.ts';
import { gridOf, patchStride, type Architecture } from '../../../src-shared/models/architecture.ts';

/** A run as far as its size depends on it. */
export interface Sized {
  readonly config: RunConfig;
  /** The checkpoint's. */
  readonly architecture: Architecture;
  readonly classes: number;
}

/** Another checkpoint that could be started from. */
export interface SmallerModel {
  readonly path: string;
  readonly title: string;
  readonly architecture: Architecture;
  readonly parameters: number;
}

export const REMEDY_KINDS = ['micro', 'resolution', 'model'] as const;

/** A change under which the run may fit; without `change` there is none of its kind. */
export interface Remedy {
  readonly kind: (typeof REMEDY_KINDS)[number];
  readonly change: { path: 'accum_steps' | 'pp.crop'; value: number } | { checkpoint: SmallerModel } | null;
  /** Of what is changed: images of a part, or px. */
  readonly size: number | null;
  readonly estimate: MemoryEstimate | null;
}

type Ask = (sized: Sized) => Promise<MemoryEstimate>;

const COUNTABLE = 1_000_000;
/** Resolutions that are tried, px. */
const RESOLUTIONS = [512, 448, 384, 320, 288, 256, 224, 192, 160, 128, 112, 96, 64, 48, 32, 16];

/** One change of each kind: the smallest that fits, or the largest there is. */
export async function findRemedies(sized: Sized, models: readonly SmallerModel[], ask: Ask): Promise<Remedy[]> {
  return [await fewerImages(sized, ask), await fewerPixels(sized, ask), await smallerModel(sized, models, ask)];
}

async function fewerImages(sized: Sized, ask: Ask): Promise<Remedy> {
  const { config } = sized;
  const possible = config.vitrine.train === 'probe' ? [] : partsOf(config);
  let found: Remedy = { kind: 'micro', change: null, size: null, estimate: null };
  for (let parts = moreParts(Math.max(1, config.accum_steps), possible); parts !== null;) {
    const estimate = await ask({ ...sized, config: withLeaf(config, 'accum_steps', parts) });
    found = { kind: 'micro', change: { path: 'accum_steps', value: parts }, size: config.batch / parts, estimate };
    if (estimate.verdict !== 'no') return found;
    parts = moreParts(parts, possible);
  }
  return found;
}

/** All that are possible; of a batch beyond any sense, which has too many to count, doublings. */
function partsOf(config: RunConfig): number[] {
  const { batch, accum_steps, vitrine } = config;
  if (batch <= COUNTABLE) return possibleParts(config);
  const parts: number[] = [];
  for (let n = Math.max(1, accum_steps); n <= batch && batch % n === 0; n *= 2)
    if ((batch / n) % vitrine.devices === 0) parts.push(n);
  return parts;
}

async function fewerPixels(sized: Sized, ask: Ask): Promise<Remedy> {
  const { config, architecture } = sized;
  const now = config.pp.crop ?? architecture.imageSize[0];
  const stride = patchStride(architecture);
  let found: Remedy = { kind: 'resolution', change: null, size: null, estimate: null };
  if (architecture.family === 'mixer') return found;
  for (const px of RESOLUTIONS) {
    if (px >= now || stride.some((length) => px % length !== 0)) continue;
    if (gridOf({ ...architecture, imageSize: [px, px] }).some((patches) => patches < 2)) break;
    const estimate = await ask({ ...sized, config: withLeaf(config, 'pp.crop', px) });
    found = { kind: 'resolution', change: { path: 'pp.crop', value: px }, size: px, estimate };
    if (estimate.verdict !== 'no') return found;
  }
  return found;
}

async function smallerModel(sized: Sized, models: readonly SmallerModel[], ask: Ask): Promise<Remedy> {
  let found: Remedy = { kind: 'model', change: null, size: null, estimate: null };
  for (const checkpoint of models.toSorted((a, b) => b.parameters - a.parameters)) {
    const estimate = await ask({ ...sized, architecture: checkpoint.architecture }).catch(() => null);
    if (estimate === null) continue; // the configuration isn't one of this model
    found = { kind: 'model', change: { checkpoint }, size: null, estimate };
    if (estimate.verdict !== 'no') return found;
  }
  return found;
}
