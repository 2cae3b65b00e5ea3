import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const foundImageSchema = v.object({
  /** Null where there is no such file: a row of a labels file names it. */
  position: v.nullable(count),
  name: v.string(),
  split: v.nullable(v.string()),
  class: v.nullable(v.string()),
  /** An address below /media. */
  thumbnail: v.nullable(v.string()),
  /** Leaving it out mends the finding, and nothing is lost. */
  spare: v.boolean(),
});

export type FoundImage = v.InferOutput<typeof foundImageSchema>;

const findingSchema = v.object({
  kind: v.picklist([
    /** It doesn't decode, or isn't there. */
    'bad',
    /** The same bytes in several splits: what is tested on was trained on. */
    'exactLeak',
    /** The same picture, saved otherwise, in several splits. */
    'nearLeak',
    'exactDuplicate',
    'nearDuplicate',
    /** Shorter side below 32 px. */
    'tiny',
  ]),
  /** Groups in all; the first of them follow. */
  total: count,
  groups: v.array(
    v.object({
      images: v.array(foundImageSchema),
      /** Of several classes: one label at least is wrong. */
      conflict: v.boolean(),
      /** Why, for a single image. */
      detail: v.nullable(v.string()),
    }),
  ),
});

export type DatasetFinding = v.InferOutput<typeof findingSchema>;

const classCountSchema = v.object({ class: v.string(), images: count });

export const findingsSchema = v.object({
  /** When it was looked for, ISO 8601; null: not yet, and the rest says nothing. */
  at: v.nullable(v.string()),
  /** Images that were decoded and compared. */
  images: count,
  /** Bits of 64 in which the perceptual hashes of the same picture may differ. */
  distance: count,
  findings: v.array(findingSchema),
  /** How unevenly the training split is spread over the classes; known from the listing. */
  imbalance: v.nullable(
    v.object({
      split: v.string(),
      largest: classCountSchema,
      smallest: classCountSchema,
      /** Null where a class has none. */
      ratio: v.nullable(v.number()),
      /** 10 or more to one. */
      uneven: v.boolean(),
    }),
  ),
});

export type DatasetFindings = v.InferOutput<typeof findingsSchema>;
