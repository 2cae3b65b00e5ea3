import { fileURLToPath } from 'node:url';
import { AppError } from '../../../src-shared/errors.ts';
import { parseAdaptName, parsePretrainName } from '../../../src-shared/models/names.ts';
import { recommendedFor } from '../../../src-shared/models/published.ts';
import type { Resolved, Source } from './source.ts';

const AUGREG = 'https://storage.googleapis.com/vit_models/augreg';

/**
 * Where an AugReg file is published: its name without `.npz`, or a model's name (`Ti_16`) for the recommended one.
 * @throws AppError not_found
 */
export function resolveAugreg(name: string): Resolved {
  const stem = name.replace(/\.npz$/, '');
  const filename = stem.includes('-') ? stem : recommendedFor(stem).filename;
  if (!parseAdaptName(filename) && !parsePretrainName(filename)) {
    throw new AppError('not_found', `No checkpoint is called "${name}".`, {
      hint: 'Give a name as AugReg spells its files, a model such as Ti_16, or an address that begins with https://.',
    });
  }
  return { file: `augreg/${filename}.npz`, sources: [{ url: `${AUGREG}/${filename}.npz`, kind: 'bucket' }] };
}

const READ = /\.(npz|safetensors)$/i;

/**
 * An address as a person gives it: kept under the machine's name and its path, so that no two share a place.
 * @throws AppError usage
 */
export function resolveAddress(text: string, sha256?: string): Resolved {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'file:') return resolveFile(url, sha256);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') throw notRead(text);
  const path = decoded(url.pathname).split('/').filter(Boolean).map(safeName);
  const name = path.at(-1);
  if (name === undefined || !READ.test(name)) throw notRead(url.origin + url.pathname);
  const source: Source = { url: text, kind: kindOf(url), ...(sha256 === undefined ? {} : { sha256 }) };
  if (name === 'model.safetensors') source.companions = besideModel(url);
  // A bucket's folder is the collection that a configuration looks in (src-shared/config/location.ts).
  const isBucket = source.kind === 'bucket' && path.length > 2;
  const place = isBucket ? path.slice(-2) : ['web', safeName(url.host), ...path];
  return { file: place.join('/'), sources: [source] };
}

function resolveFile(url: URL, sha256: string | undefined): Resolved {
  const path = fileURLToPath(url);
  const name = safeName(path.split(/[\\/]/).at(-1) ?? '');
  if (!READ.test(name)) throw notRead(path);
  const source: Source = { url: url.href, kind: 'other', ...(sha256 === undefined ? {} : { sha256 }) };
  return { file: `imported/${name}`, sources: [source] };
}

/** What timm and Hugging Face keep beside a model: without it neither labels nor preprocessing are known. */
function besideModel(url: URL): Source['companions'] {
  return ['config.json', 'preprocessor_config.json'].map((file) => {
    const beside = new URL(url.href);
    beside.pathname = beside.pathname.replace(/[^/]+$/, file);
    return { url: beside.href, file, optional: true };
  });
}

function kindOf({ hostname, pathname }: URL): Source['kind'] {
  if (hostname === 'storage.googleapis.com') return 'bucket';
  if (hostname !== 'huggingface.co') return 'other';
  return pathname.startsWith('/timm/') ? 'timm' : 'huggingface';
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A part of a path that means nothing to any file system. */
function safeName(part: string): string {
  const plain = part.replace(/[^\w.+=@-]/g, '_').slice(0, 200);
  return /^\.*$/.test(plain) ? '_' : plain;
}

function notRead(text: string): AppError {
  return new AppError('usage', `"${text.slice(0, 200)}" names no checkpoint.`, {
    hint: 'Give a name as the catalog has it, or an address that ends with .npz or .safetensors.',
  });
}
