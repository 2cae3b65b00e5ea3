/** The columns of gs://vit_models/augreg/index.csv, in its order (vit_jax_augreg.ipynb, cell 13). */
export const INDEX_COLUMNS = [
  'name',
  'ds',
  'epochs',
  'lr',
  'aug',
  'wd',
  'do',
  'sd',
  'best_val',
  'final_val',
  'final_test',
  'adapt_ds',
  'adapt_lr',
  'adapt_steps',
  'adapt_resolution',
  'adapt_final_val',
  'adapt_final_test',
  'params',
  'infer_samples_per_sec',
  'filename',
  'adapt_filename',
] as const;
export type IndexColumn = (typeof INDEX_COLUMNS)[number];

/** Those that hold text, and are never empty. */
export type TextColumn = 'name' | 'ds' | 'aug' | 'adapt_ds' | 'filename' | 'adapt_filename';
export type NumberColumn = Exclude<IndexColumn, TextColumn>;

/** A row of the index; an empty cell is null. */
export type IndexRow = { readonly [C in TextColumn]: string } & { readonly [C in NumberColumn]: number | null };
