import { parseBucketAddress } from '../../../src-shared/config/location.ts';
import type { CatalogMirror } from '../../../src-shared/contract/catalog.ts';
import { COLLECTIONS } from '../../../src-shared/models/collections/release.ts';
import type { CollectionName, MirrorKind } from '../../../src-shared/models/collections/release.ts';

/** The file's own place in its collection's bucket; null where the collection has none. */
export function bucketMirror(name: string, collection: string): CatalogMirror | null {
  const bucket = bucketOf(name, collection);
  if (bucket === null) return null;
  const address = `${bucket}/${name}.npz`;
  return {
    kind: 'bucket',
    address,
    url: urlOf('bucket', address),
    readable: true,
    note: 'the bucket has refused anonymous downloads (403) at times',
    source: 'vit_jax README.md',
  };
}

/** SAM's and GSAM's Mixers lie with the Mixers. */
function bucketOf(name: string, collection: string): string | null {
  if (/^g?sam\/Mixer/.test(name)) return COLLECTIONS.mixer.bucket;
  return COLLECTIONS[collection as CollectionName].bucket;
}

/** Where a browser or a download finds an address. */
export function urlOf(kind: MirrorKind, address: string): string | null {
  if (kind === 'timm' || kind === 'huggingface') return `https://huggingface.co/${address}`;
  if (kind !== 'bucket') return address;
  const parsed = parseBucketAddress(address);
  if (!parsed) return null;
  const path = [parsed.bucket, ...parsed.path.split('/')].map(encodeURIComponent).join('/');
  return `https://storage.googleapis.com/${path}`;
}
