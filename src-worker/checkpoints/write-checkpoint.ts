import { publishedName, publishedShape } from '../../src-shared/checkpoints/names.ts';
import { formatSidecar, sidecarPath } from '../../src-shared/checkpoints/sidecar.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Fingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import { sameShape } from '../../src-shared/models/params.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { stageFile } from './stage-file.ts';
import type { StagedFile } from './stage-file.ts';
import { writeNpzTo } from './write-npz.ts';

export interface CheckpointToWrite {
  /** By linen name; must hold the tensors of the architecture and no others. */
  params: Params;
  architecture: Architecture;
  /** Class names in the order of the logits, or null. */
  labels: readonly string[] | null;
  preprocessing: Preprocessing;
  provenance: Record<string, unknown>;
  /** What the model gives for known photographs, where it was computed. */
  fingerprint?: Fingerprint | null;
}

/**
 * Writes `model.npz` in AugReg's layout (published names, sorted) and `model.json` beside it. Both are complete on the
 * disk before either gets its name. The description carries the SHA-256 of the numbers, so one that a crash between the
 * two renames leaves beside other numbers is recognised and ignored.
 * Equal parameters give equal bytes.
 * @throws AppError disk_full, not_found, bad_file
 */
export async function writeCheckpoint(
  path: string,
  checkpoint: CheckpointToWrite,
): Promise<{ size: number; sha256: string }> {
  const { params, architecture, labels, preprocessing, provenance, fingerprint } = checkpoint;
  checkComplete(params, architecture);
  if (labels && labels.length !== architecture.numClasses) {
    throw new Error(`${labels.length} labels for ${architecture.numClasses} classes`);
  }
  const numbers = await stageFile(path, (sink) => writeNpzTo(sink, inPublishedOrder(params)));
  let description: StagedFile;
  try {
    const { sha256 } = numbers;
    const described = { sha256, labels: labels && [...labels], preprocessing, architecture, provenance };
    const text = formatSidecar({ ...described, ...(fingerprint ? { fingerprint } : {}) });
    description = await stageFile(sidecarPath(path), (sink) => sink.write(new TextEncoder().encode(text)));
  } catch (error) {
    await numbers.discard();
    throw error;
  }
  try {
    await numbers.commit();
  } catch (error) {
    await description.discard();
    throw error;
  }
  await description.commit();
  return { size: numbers.size, sha256: numbers.sha256 };
}

function inPublishedOrder(params: Params): [string, NamedTensor][] {
  const named = [...params].map(([name, { shape, data }]): [string, NamedTensor] => [
    publishedName(name),
    { shape: publishedShape(name, shape), data },
  ]);
  return named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function checkComplete(params: Params, architecture: Architecture): void {
  const expected = paramsOf(architecture);
  for (const [name, { shape }] of expected) {
    const found = params.get(name);
    if (!found || !sameShape(found.shape, shape)) throw new Error(`${name}: expected [${shape.join(', ')}] to write`);
  }
  for (const name of params.keys())
    if (!expected.has(name)) throw new Error(`${name} has no place in the architecture`);
}
