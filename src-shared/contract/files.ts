import * as v from 'valibot';
import { procedure } from './procedure.ts';

/** What somebody looks for; folders are always listed, to go into. */
export const FILE_KINDS = ['folder', 'checkpoint', 'image', 'data', 'any'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

const placeSchema = v.object({ name: v.string(), path: v.string() });

const entrySchema = v.object({
  name: v.string(),
  path: v.string(),
  kind: v.picklist(['folder', 'file']),
  /** Null for a folder, and where the system doesn't say. */
  bytes: v.nullable(v.number()),
  modifiedAt: v.nullable(v.string()),
});

const folderSchema = v.object({
  path: v.string(),
  /** Null at the top. */
  parent: v.nullable(v.string()),
  /** From the top to this folder. */
  steps: v.array(placeSchema),
  /** Where to begin: the home folder, the library, disks. */
  places: v.array(placeSchema),
  /** Folders first, then files of the kind that was asked for, both by name; hidden ones left out. */
  entries: v.array(entrySchema),
  /** Entries in all, before the list was cut. */
  total: v.number(),
});

export type FolderListing = v.InferOutput<typeof folderSchema>;

const imagesBelowSchema = v.object({
  path: v.string(),
  /** By path; at most 100,000. */
  images: v.array(v.object({ /** Relative to the folder, with '/'. */ name: v.string(), path: v.string() })),
  /** There are more than are listed. */
  cut: v.boolean(),
});

/** Folders of the machine that serves this: for choosing one where no dialog of the system's can. */
export const files = {
  list: procedure
    .route({ method: 'GET', summary: 'A folder of this machine; the home folder where none is named' })
    .input(v.object({ path: v.optional(path), kind: v.optional(v.picklist(FILE_KINDS), 'any') }))
    .output(folderSchema),
  images: procedure
    .route({ method: 'GET', summary: 'Every image file below a folder of this machine' })
    .input(v.object({ path }))
    .output(imagesBelowSchema),
};
