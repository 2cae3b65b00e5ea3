import { eventIterator } from '@orpc/contract';
import * as v from 'valibot';
import { procedure } from './procedure.ts';

/** What was read back of one kind of thing. */
const rebuildPartSchema = v.object({
  /** Such as "runs". */
  name: v.string(),
  found: v.number(),
  added: v.number(),
  /** What could not be read, and why: a sentence each. */
  problems: v.array(v.string()),
});
export type RebuildPart = v.InferOutput<typeof rebuildPartSchema>;

/** What can be made again at any time, by the names of folders below "cache". */
export const CACHES = [
  /** Small pictures of images. */
  'thumbnails',
  /** Programs that XLA has compiled. */
  'compiled',
  /** What was found out about images: whether they decode, what looks alike. */
  'checks',
  'looks',
  /** Images converted for training, and what they were made of. */
  'images',
  'imports',
  /** Archives unpacked for training. */
  'unpacked',
  /** Indexes of TFRecords. */
  'records',
  /** Images copied out of Parquet and raw pixels. */
  'packs',
] as const;
export type CacheName = (typeof CACHES)[number];

const storageKind = v.picklist([
  'checkpoints',
  'datasets',
  'runs',
  'reports',
  'uploads',
  'engines',
  'database',
  'cache',
  /** What is no part of a library, or not known to this version. */
  'other',
]);

const storagePartSchema = v.object({
  kind: storageKind,
  /** Of a cache, its folder's name; null otherwise. */
  cache: v.nullable(v.string()),
  /** Absolute. */
  path: v.string(),
  files: v.number(),
  bytes: v.number(),
  /** False while it is still being counted: a later event of the same path says more. */
  complete: v.boolean(),
});
export type StoragePart = v.InferOutput<typeof storagePartSchema>;

const cleanedSchema = v.object({ cache: v.picklist(CACHES), files: v.number(), bytes: v.number() });
export type Cleaned = v.InferOutput<typeof cleanedSchema>;

export const library = {
  storage: procedure
    .route({ method: 'GET', summary: 'What takes how much of the disk, each part as it is counted' })
    .output(eventIterator(storagePartSchema)),
  clean: procedure
    .route({ method: 'POST', summary: 'Deletes caches, which are made again when needed; says what that freed' })
    .input(v.object({ caches: v.pipe(v.array(v.picklist(CACHES)), v.minLength(1)) }))
    .output(v.array(cleanedSchema)),
  rebuild: procedure
    .route({ method: 'POST', summary: 'Read runs and checkpoints back from the folders that describe themselves' })
    .input(
      v.object({
        /** Workdirs, or folders of workdirs, outside of the library. */
        folders: v.optional(v.pipe(v.array(v.string()), v.maxLength(1000)), []),
      }),
    )
    .output(v.array(rebuildPartSchema)),
};
