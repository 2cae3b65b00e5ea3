import type { FingerprintInput, FingerprintResult } from '../../src-shared/contract/worker.ts';
import { isLit } from '../../src-shared/checkpoints/lit-architecture.ts';
import { compareFingerprints } from '../../src-shared/fingerprint/compare.ts';
import type { Fingerprint, KeptFingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import { AppError } from '../../src-shared/errors.ts';
import { classNames } from '../checkpoints/class-names.ts';
import { keptFingerprint } from '../checkpoints/kept-fingerprint.ts';
import { namesByLinen } from '../checkpoints/checkpoint-layout.ts';
import { locateCheckpoint } from '../checkpoints/locate-checkpoint.ts';
import { openNpz } from '../checkpoints/npz-file.ts';
import { openLit } from '../checkpoints/open-lit.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { describeEngine } from '../engine/describe.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { fingerprintOfLit } from './fingerprint-of-lit.ts';
import { fingerprintOf } from './fingerprint-of.ts';

/**
 * Computes a checkpoint's fingerprint and compares it with the one it should have: that given, else that beside it.
 * @throws AppError not_found, bad_file, bad_checkpoint (also where outputs are not finite)
 */
export async function fingerprint({ checkpoint, against, textHeads }: FingerprintInput): Promise<FingerprintResult> {
  const kept: KeptFingerprint | null = against ?? (await keptFingerprint(checkpoint));
  const engine = await loadEngine();
  const computed = (await isImageAndText(checkpoint))
    ? await computeLit(checkpoint, { textHeads, engine })
    : await compute(checkpoint, { kept: kept?.fingerprint ?? null, engine });
  if (!computed.fingerprint) {
    throw new AppError(
      'bad_checkpoint',
      `${checkpoint} gives outputs that are NaN or infinite: it has no fingerprint.`,
    );
  }
  return {
    ...computed,
    fingerprint: computed.fingerprint,
    kept,
    comparison: kept && compareFingerprints(computed.fingerprint, kept.fingerprint),
    engine: describeEngine(engine),
  };
}

type Computed = Pick<FingerprintResult, 'sha256' | 'top1'> & { fingerprint: Fingerprint | null };

async function compute(
  path: string,
  { kept, engine }: { kept: Fingerprint | null; engine: Engine },
): Promise<Computed> {
  const checkpoint = await readCheckpoint(path);
  const { labels } = await classNames(checkpoint.labels, checkpoint.architecture.numClasses);
  const computed = await fingerprintOf(checkpoint, engine, kept);
  const best = computed?.photos.map(({ top }) => labels?.[top[0]![0]] ?? null) ?? [];
  return { sha256: checkpoint.sha256, fingerprint: computed, top1: best };
}

async function computeLit(
  path: string,
  { textHeads, engine }: { textHeads: number | null; engine: Engine },
): Promise<Computed> {
  const lit = await openLit(path, textHeads === null ? {} : { textHeads });
  try {
    const weights = await lit.read();
    return { sha256: weights.sha256, fingerprint: await fingerprintOfLit(lit, weights, engine), top1: [] };
  } finally {
    await lit.close();
  }
}

async function isImageAndText(path: string): Promise<boolean> {
  const { path: file, format } = await locateCheckpoint(path);
  if (format !== 'npz') return false;
  const npz = await openNpz(file);
  try {
    return isLit(namesByLinen(npz).keys());
  } finally {
    await npz.close();
  }
}
