import { AppError } from '../errors.ts';
import { parseAdaptName, parsePretrainName } from '../models/names.ts';
import { PUBLISHED, recommendedFor } from '../models/published.ts';
import type { RunConfig } from './run-config.ts';

export interface BucketAddress {
  readonly bucket: string;
  /** Within the bucket, without leading or trailing slash; may be empty. */
  readonly path: string;
}

/** Where a configuration's checkpoint is looked for. Nothing is fetched. */
export interface CheckpointLocation {
  /** Without `.npz`. */
  readonly filename: string;
  /**
   * In this order: `file` paths are the user's own (relative to the working directory), `library` paths are relative to
   * the library's folder of checkpoints.
   */
  readonly candidates: readonly { readonly kind: 'file' | 'library'; readonly path: string }[];
  /** Where it can be downloaded, for pretrained_dir on gs://. */
  readonly url: string | null;
  /** Published size, MiB. */
  readonly sizeMiB: number | null;
}

/** Reads `gs://BUCKET/PATH`; null for anything that isn't a gs:// address. @throws AppError config for a malformed one */
export function parseBucketAddress(text: string): BucketAddress | null {
  if (!text.startsWith('gs://')) return null;
  const [bucket = '', ...segments] = text.slice('gs://'.length).replace(/\/+$/, '').split('/');
  const isPlain = (s: string) => s !== '' && s !== '.' && s !== '..' && !/[\\\0:]/.test(s);
  if (!/^[a-z0-9][a-z0-9._-]+$/.test(bucket) || !segments.every(isPlain)) {
    throw new AppError('config', `"${text}" is not a bucket address.`, {
      hint: 'Expected gs://BUCKET/FOLDER.',
      details: { text },
    });
  }
  return { bucket, path: segments.join('/') };
}

/**
 * Where vit_jax would load this configuration's weights from: `{pretrained_dir}/{file name}.npz`, a bare AugReg model
 * name standing for its published recommendation.
 * @throws AppError config (no model named), not_found (nothing published for a bare name)
 */
export function locateCheckpoint(
  config: Pick<RunConfig, 'pretrained_dir' | 'model_or_filename' | 'model'>,
): CheckpointLocation {
  const filename = filenameOf(config);
  const sizeMiB = PUBLISHED.find((p) => p.filename === filename)?.sizeMiB ?? null;
  const address = parseBucketAddress(config.pretrained_dir);
  if (!address) {
    const folder = config.pretrained_dir.replace(/(.)[\\/]+$/, '$1');
    const path = /[\\/]$/.test(folder) ? `${folder}${filename}.npz` : `${folder}/${filename}.npz`;
    return { filename, candidates: [{ kind: 'file', path }], url: null, sizeMiB };
  }
  const object = [...(address.path === '' ? [] : address.path.split('/')), `${filename}.npz`];
  const path = [address.bucket, ...object].join('/');
  // A download's place is COLLECTION/FILE, the collection being the bucket's folder.
  const collection = object.length > 1 ? [object.slice(-2).join('/')] : [];
  const url = `https://storage.googleapis.com/${[address.bucket, ...object].map(encodeURIComponent).join('/')}`;
  return {
    filename,
    candidates: [path, ...collection].map((place) => ({ kind: 'library', path: place })),
    url,
    sizeMiB,
  };
}

function filenameOf({ model_or_filename, model }: Pick<RunConfig, 'model_or_filename' | 'model'>): string {
  const name = model_or_filename ?? model.model_name;
  if (name === null) {
    throw new AppError('config', 'Neither a checkpoint nor a model is given.', {
      hint: 'Give --checkpoint FILE, or a model such as --config=augreg:Ti_16.',
    });
  }
  const isBareAugreg = model_or_filename !== null && !name.includes('-');
  const filename = isBareAugreg ? recommendedFor(name).filename : name.replace(/\.npz$/, '');
  if (/[\\/\0]/.test(filename)) {
    throw new AppError('config', `"${filename}" is not a file name.`, {
      hint: 'Give the folder as --config.pretrained_dir, or the whole path as --checkpoint FILE.',
    });
  }
  return filename;
}

/** Which file a model name stands for, or what is odd about a file name; null when there is nothing to say. */
export function noteOnFile(modelOrFilename: string | null): string | null {
  if (modelOrFilename === null) return null;
  if (modelOrFilename.includes('-')) {
    if (parsePretrainName(modelOrFilename) ?? parseAdaptName(modelOrFilename)) return null;
    return `"${modelOrFilename}" is not spelled as AugReg's files are; it is looked for under that name.`;
  }
  const published = PUBLISHED.find((p) => p.model === modelOrFilename);
  return published
    ? `${modelOrFilename} is the recommended ${published.filename} (${published.source}).`
    : `No recommended checkpoint is published for ${modelOrFilename}: give a file with --checkpoint.`;
}

/** The error for a checkpoint that is in none of the places; `lookedAt` are the absolute paths that were tried. */
export function missingCheckpoint(location: CheckpointLocation, lookedAt: readonly string[]): AppError {
  const size = location.sizeMiB === null ? '' : ` (${location.sizeMiB} MiB)`;
  const anyCopy = `Any copy of the file works, wherever it is from: --checkpoint PATH/${location.filename}.npz`;
  const hint = location.url
    ? `Fetch it with "vitrine download ${location.url}"${size}, or save a copy as one of these paths. ` +
      `${anyCopy} (the bucket has refused anonymous downloads with error 403 at times; timm's mirrors hold the same weights).`
    : `Set --config.pretrained_dir to the folder that holds it. ${anyCopy}.`;
  return new AppError('not_found', `There is no checkpoint ${lookedAt.join(' or ')}.`, {
    hint,
    details: { filename: location.filename, lookedAt: [...lookedAt], url: location.url, sizeMiB: location.sizeMiB },
  });
}
