import * as v from 'valibot';

const text = v.pipe(v.string(), v.maxLength(10_000));
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

/** Cells of a sheet, which is made in memory. */
export const MOST_CELLS = 512;

export const previewInputSchema = v.pipe(
  v.object({
    id: v.string(),
    /** As `preset` of a run; absent: vit_jax's own augmentation. */
    preset: v.optional(text),
    /** `--config.field=value` each. */
    overrides: v.optional(v.pipe(v.array(text), v.maxLength(500)), []),
    /** Whose preparation of images it is; absent: AugReg's. */
    checkpoint: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** Images, and how often each is shown: in epochs one after another. */
    count: v.optional(whole(64), 8),
    draws: v.optional(whole(32), 6),
    /** The first of them; 1 is a run's first. */
    epoch: v.optional(whole(1_000_000), 1),
  }),
  v.check(({ count, draws }) => count * draws <= MOST_CELLS, `A sheet has up to ${MOST_CELLS} pictures.`),
);

export const previewSchema = v.object({
  /** The sheet, a PNG: an address below /media; a row an image, a column a draw. */
  address: v.string(),
  /** px */
  width: v.number(),
  height: v.number(),
  /** Of each picture, px. */
  resolution: v.object({ height: v.number(), width: v.number() }),
  rows: v.array(
    v.object({
      name: v.string(),
      label: v.string(),
      draws: v.array(
        v.object({
          epoch: v.number(),
          /** The optimizer update that it is a part of; 1 is the first. */
          step: v.number(),
          /** What it is mixed with, and the share of its own label that it keeps. */
          mixed: v.nullable(v.object({ label: v.string(), own: v.number() })),
        }),
      ),
    }),
  ),
  notes: v.array(v.string()),
});

export type DatasetPreview = v.InferOutput<typeof previewSchema>;
