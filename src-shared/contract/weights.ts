import * as v from 'valibot';

// What stands in a checkpoint's tensors, computed when somebody looks. Bytes travel as base64.

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const number = v.nullable(v.number());

export const tensorStatisticsSchema = v.object({
  /** As in the file. */
  name: v.string(),
  /** Numbers in it. */
  count: count,
  nan: count,
  infinite: count,
  zeros: count,
  /** Of the finite ones; null where there is none. `std` divides by their count. */
  min: number,
  max: number,
  mean: number,
  std: number,
  /** Finite numbers in equal bins from `min` to `max`, the last one closed; one bin where all are the same. */
  bins: v.array(count),
});

export type TensorStatistics = v.InferOutput<typeof tensorStatisticsSchema>;

export const filterSummarySchema = v.object({
  /** patches: of the patch embedding; root: of the convolution that a hybrid begins with. */
  of: v.picklist(['patches', 'root']),
  /** Its path in the program. */
  name: v.string(),
  /** Height and width of a filter, px. */
  size: v.tuple([count, count]),
  filters: count,
  /** Numbers that are NaN or infinite; they are drawn as zero, and there are no components. */
  nonFinite: count,
  /** The first principal components of the filters about their mean, the largest first. */
  components: v.array(
    v.object({
      /** Of the filters' variance. */
      share: v.number(),
      /** [h, w, 3] bytes: 128 is zero, 1 or 255 the component's largest magnitude. */
      pixels: v.string(),
    }),
  ),
});

export type FilterSummary = v.InferOutput<typeof filterSummarySchema>;

export const filtersSchema = v.object({
  ...filterSummarySchema.entries,
  /** The first filter of `pixels`. */
  from: count,
  /** Filters in `pixels`. */
  count: count,
  /** [count, h, w, 3] bytes: 128 is zero, 1 or 255 the largest magnitude of each filter. */
  pixels: v.string(),
});

export type Filters = v.InferOutput<typeof filtersSchema>;

export const positionSimilaritySchema = v.object({
  /** Positions along height and width. */
  grid: v.tuple([count, count]),
  /** [G, G] signed bytes: the cosine between the embeddings of two positions, times 127. */
  similarities: v.string(),
  /** Tokens before the patches, in their order: [G] signed bytes each, with every position. */
  prefix: v.array(v.object({ token: v.picklist(['class', 'distillation']), similarities: v.string() })),
  /** Positions whose embedding is zero or not finite: their cosine is given as zero. */
  without: count,
});

export type PositionSimilarity = v.InferOutput<typeof positionSimilaritySchema>;
