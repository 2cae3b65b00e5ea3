import { AppError } from '../../src-shared/errors.ts';
import type { CatalogMirror } from '../../src-shared/contract/catalog.ts';
import type { Catalog } from '../services/catalog/service.ts';
import { resolveAddress, resolveAugreg } from '../services/downloads/resolve-name.ts';
import type { Resolved, Source } from '../services/downloads/source.ts';

/**
 * Where a checkpoint of the catalog can be had, its mirrors in the catalog's order; a bare model (`Ti_16`) is AugReg's
 * recommended file of it.
 * @throws AppError not_found
 */
export function resolveFromCatalog(catalog: Pick<Catalog, 'show'>): (name: string) => Resolved {
  return (name) => {
    const mirrors = mirrorsOf(catalog, name.replace(/\.npz$/, ''));
    const places = mirrors.flatMap((mirror) => placeOf(mirror) ?? []);
    const [first] = places;
    if (!first) return resolveAugreg(name);
    return {
      file: first.file,
      sources: places.flatMap(({ file, sources }) => sources.map((source): Source => ({ ...source, file }))),
    };
  };
}

function mirrorsOf(catalog: Pick<Catalog, 'show'>, name: string): readonly CatalogMirror[] {
  try {
    return catalog.show(name).mirrors.filter(({ readable }) => readable);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return [];
    throw error;
  }
}

/** A file behind an address; of a repository on Hugging Face, the one that timm and transformers write. */
function placeOf({ kind, address, url }: CatalogMirror): Resolved | null {
  if (kind === 'timm' || kind === 'huggingface') {
    return resolveAddress(`https://huggingface.co/${address}/resolve/main/model.safetensors`);
  }
  return url !== null && /\.(npz|safetensors)$/i.test(url) ? resolveAddress(url) : null;
}
