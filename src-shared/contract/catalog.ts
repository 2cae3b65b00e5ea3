import { eventIterator } from '@orpc/contract';
import * as v from 'valibot';
import { EVIDENCE, METRICS, MIRROR_KINDS } from '../models/collections/release.ts';
import { checkpointSchema, FACETS, NUMBERS, pretrainingSchema, SORTS } from './catalog-rows.ts';
import type { Facet, NumberField } from './catalog-rows.ts';
import { procedure } from './procedure.ts';

// Checkpoints by name, 50,000 of them. A name is stable: AugReg's `adapt_filename` or `filename`, elsewhere folder and
// file (`imagenet21k/ViT-B_16`). Null is unknown, never zero.

const text = v.nullable(v.string());
const number = v.nullable(v.number());

/** A name as it is given: not longer than any file's. */
const nameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(512));

const facetValue = v.nullable(v.union([v.string(), v.number()]));
export type FacetValue = v.InferOutput<typeof facetValue>;

const range = v.object({ min: v.optional(v.number()), max: v.optional(v.number()) });

const filterEntries = {
  /** Plain text: every word has to occur, as the beginning of one; nothing in it is syntax. */
  text: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
  /** Values of one field are alternatives, fields have to hold together; null is unknown. */
  where: v.optional(v.partial(v.object(facetRecord(v.pipe(v.array(facetValue), v.maxLength(1000)))))),
  /** Both ends included; what has no number is out. */
  ranges: v.optional(v.partial(v.object(numberRecord(range)))),
  starred: v.optional(v.boolean()),
  /** All of them. */
  tags: v.optional(v.pipe(v.array(v.string()), v.maxLength(100))),
  /** In the compare tray. */
  comparing: v.optional(v.boolean()),
  /** Of this pre-training alone. */
  pretraining: v.optional(nameSchema),
} as const;

export const filterSchema = v.object(filterEntries);
export type CatalogFilter = v.InferOutput<typeof filterSchema>;

export const searchSchema = v.object({
  ...filterEntries,
  /** Unknown values come last either way; equal ones in the order of their names. */
  sort: v.optional(v.object({ by: v.picklist(SORTS), descending: v.optional(v.boolean(), false) })),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)), 50),
  /** Rows to pass over, for a list that is scrolled anywhere; paging by `after` stays put when the catalog changes. */
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000_000)), 0),
  /** `next` of the page before, with the same question; `offset` then counts from there. */
  after: v.optional(v.pipe(v.string(), v.maxLength(4096))),
  /** Without, the facets come empty. */
  facets: v.optional(v.boolean(), true),
});
export type CatalogSearch = v.InferInput<typeof searchSchema>;

const facetCount = v.object({ value: facetValue, count: v.number() });
export type FacetCount = v.InferOutput<typeof facetCount>;

const searchResult = v.object({
  total: v.number(),
  rows: v.array(checkpointSchema),
  /** Opaque; null on the last page. */
  next: v.nullable(v.string()),
  /** Counts under all other conditions, the facet's own left out; values that nothing has are left out. */
  facets: v.partial(v.object(facetRecord(v.array(facetCount)))),
  tags: v.array(v.object({ tag: v.string(), count: v.number() })),
  /** Goes up when the catalog changes. */
  revision: v.number(),
});
export type CatalogResult = v.InferOutput<typeof searchResult>;

const figureSchema = v.object({
  metric: v.picklist(METRICS),
  on: text,
  value: v.number(),
  protocol: v.string(),
  source: v.string(),
});

const mirrorSchema = v.object({
  kind: v.picklist(MIRROR_KINDS),
  /** gs:// or https:// address, or OWNER/NAME on Hugging Face. */
  address: v.string(),
  /** https address for a browser or a download; null for what has none. */
  url: text,
  readable: v.boolean(),
  note: text,
  source: v.string(),
});
export type CatalogMirror = v.InferOutput<typeof mirrorSchema>;

const annotationSchema = v.object({
  name: v.string(),
  starred: v.boolean(),
  note: v.string(),
  tags: v.array(v.string()),
  /** Whether the catalog has such a name today. */
  present: v.boolean(),
});
export type Annotation = v.InferOutput<typeof annotationSchema>;

const lineageSchema = v.object({
  pretraining: pretrainingSchema,
  /** Of its checkpoints, those that meet the conditions. */
  matching: v.number(),
});
export type Lineage = v.InferOutput<typeof lineageSchema>;

const detailSchema = v.object({
  name: v.string(),
  /** Null where the name is a pre-training's alone. */
  checkpoint: v.nullable(checkpointSchema),
  pretraining: pretrainingSchema,
  collection: v.object({ name: v.string(), title: v.string(), about: v.string() }),
  licence: v.object({ id: v.string(), source: v.string() }),
  /** arXiv number, and the key of its BibTeX entry. */
  paper: v.object({ arxiv: v.string(), key: text }),
  figures: v.array(figureSchema),
  /** In the order to try them. */
  mirrors: v.array(mirrorSchema),
  notes: v.array(v.string()),
  /** How the fine-tunings of the same pre-training divide. */
  finetunes: v.object({ total: v.number(), bySet: v.array(facetCount) }),
  annotation: annotationSchema,
});
export type CatalogDetail = v.InferOutput<typeof detailSchema>;

const pickSchema = v.object({
  model: v.string(),
  pretraining: v.string(),
  finalVal: number,
  /** The best fine-tuning on the target set; null where no figure says which it is. */
  checkpoint: v.nullable(checkpointSchema),
  /** Why this one, a sentence. */
  reason: v.string(),
});
export type CatalogPick = v.InferOutput<typeof pickSchema>;

const recommendInput = v.object({
  /** `B/16` or `B_16`; all models without. */
  model: v.optional(v.string()),
  adaptDs: v.optional(v.string(), 'imagenet2012'),
  /** Only models with at most so many parameters (as the index has them, else counted from the architecture). */
  maxParams: v.optional(v.number()),
});

const recommendation = v.object({
  /** `published`: the ten that vit_jax published; `rule`: vit_jax's rule on the imported index. */
  basis: v.picklist(['published', 'rule']),
  source: v.string(),
  /** Best first, by the accuracy on the target set; those without one last. */
  picks: v.array(pickSchema),
});
export type Recommendation = v.InferOutput<typeof recommendation>;

const bestRow = v.object({
  model: v.string(),
  pretraining: v.nullable(pretrainingSchema),
  checkpoint: v.nullable(checkpointSchema),
  /** Fine-tunings on the set with an adapt_final_val, of how many. */
  known: v.number(),
  of: v.number(),
});
export type BestOfModel = v.InferOutput<typeof bestRow>;

const tableCell = v.object({ value: number, name: text });
const table3Schema = v.object({
  basis: v.picklist(['published', 'rule']),
  columns: v.array(v.object({ id: v.picklist(['i1k_up', 'i1k_300', 'i21k_30', 'i21k_300']), title: v.string() })),
  rows: v.array(v.object({ model: v.string(), cells: v.array(tableCell) })),
  known: v.number(),
  of: v.number(),
});
export type Table3 = v.InferOutput<typeof table3Schema>;

const pointSchema = v.object({
  name: v.string(),
  model: v.string(),
  resolution: v.number(),
  /** adapt_final_test */
  accuracy: v.number(),
  imagesPerSecond: v.number(),
  /** None other is both as fast and as accurate. */
  pareto: v.boolean(),
});
const figure3Schema = v.object({
  basis: v.picklist(['published', 'rule']),
  adaptDs: v.string(),
  ds: v.string(),
  points: v.array(pointSchema),
  /** Points with both numbers, of the model and resolution pairs there are. */
  known: v.number(),
  of: v.number(),
});
export type Figure3 = v.InferOutput<typeof figure3Schema>;

const rowReport = v.object({ row: v.number(), name: v.string(), reason: v.string() });
const importReport = v.object({
  source: v.string(),
  sha256: v.string(),
  rows: v.number(),
  pretrainings: v.number(),
  added: v.number(),
  changed: v.number(),
  unchanged: v.number(),
  removed: v.number(),
  /** Kept, but spelled or filled otherwise than AugReg's grid. */
  strange: v.number(),
  /** The first of each, by name. */
  examples: v.object({
    added: v.array(v.string()),
    removed: v.array(v.string()),
    strange: v.array(rowReport),
  }),
  seconds: v.number(),
});
export type ImportReport = v.InferOutput<typeof importReport>;

const gapsSchema = v.object({
  /** Null while the catalog is the bundled one. */
  index: v.nullable(v.object({ source: v.string(), sha256: v.string(), rows: v.number(), importedAt: v.string() })),
  pretrainings: v.number(),
  checkpoints: v.number(),
  /** Of the real index.csv, as vit_jax_augreg.ipynb shows them. */
  published: v.object({ pretrainings: v.number(), checkpoints: v.number() }),
  evidence: v.array(v.object({ evidence: v.picklist(EVIDENCE), checkpoints: v.number() })),
  /** Columns with a figure, of all AugReg rows. */
  figures: v.array(v.object({ field: v.string(), known: v.number(), of: v.number() })),
  /** A sentence each. */
  gaps: v.array(v.string()),
});
export type CatalogGaps = v.InferOutput<typeof gapsSchema>;

const viewSchema = v.object({
  name: nameSchema,
  query: v.object({ ...filterEntries, sort: searchSchema.entries.sort }),
  /** Shown, in their order. */
  columns: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(64)),
});
export type SavedView = v.InferOutput<typeof viewSchema>;

const tag = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64));
const nameInput = v.object({ name: nameSchema });

export const catalog = {
  search: procedure
    .route({ method: 'POST', summary: 'Checkpoints under any conditions, with the counts of every facet' })
    .input(searchSchema)
    .output(searchResult),
  lineages: procedure
    .route({
      method: 'POST',
      summary: 'The pre-trainings of the checkpoints that meet conditions, and how many of each do',
    })
    .input(filterSchema)
    .output(v.array(lineageSchema)),
  show: procedure
    .route({ method: 'GET', summary: 'All that is known of a checkpoint or pre-training, with sources' })
    .input(nameInput)
    .output(detailSchema),
  siblings: procedure
    .route({ method: 'GET', summary: 'The fine-tunings of the same pre-training' })
    .input(nameInput)
    .output(v.array(checkpointSchema)),
  recommend: procedure
    .route({ method: 'GET', summary: 'Which checkpoint to take' })
    .input(recommendInput)
    .output(recommendation),
  bestPerModel: procedure
    .route({ method: 'GET', summary: 'The best pre-training and fine-tuning of each model, where figures say so' })
    .input(v.object({ adaptDs: v.optional(v.string(), 'imagenet2012'), ds: v.optional(v.string()) }))
    .output(v.array(bestRow)),
  table3: procedure.route({ method: 'GET', summary: "The AugReg paper's table 3" }).output(table3Schema),
  figure3: procedure
    .route({ method: 'GET', summary: "The AugReg paper's figure 3: accuracy against speed" })
    .input(v.object({ adaptDs: v.optional(v.string(), 'imagenet2012'), ds: v.optional(v.string(), 'i21k') }))
    .output(figure3Schema),
  gaps: procedure.route({ method: 'GET', summary: 'What the catalog knows that it does not know' }).output(gapsSchema),
  importIndex: procedure
    .route({ method: 'POST', summary: 'Reads an index.csv over the collection augreg, whole or not at all' })
    .input(v.object({ source: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)) }))
    .output(importReport),
  exportCsv: procedure
    .route({ method: 'POST', summary: 'Matching checkpoints as CSV (RFC 4180), in pieces' })
    .input(
      v.object({
        ...filterEntries,
        sort: searchSchema.entries.sort,
        /** `index`: the 21 columns of index.csv, which importIndex reads again. */
        columns: v.optional(v.picklist(['all', 'index']), 'all'),
      }),
    )
    .output(eventIterator(v.string())),
  annotations: procedure
    .route({ method: 'GET', summary: 'Every name that is starred, tagged or noted' })
    .output(v.array(annotationSchema)),
  annotate: procedure
    .route({ method: 'POST', summary: 'Stars, tags or notes a name; fields left out stay' })
    .input(
      v.object({
        name: nameSchema,
        starred: v.optional(v.boolean()),
        note: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
        tags: v.optional(v.pipe(v.array(tag), v.maxLength(100))),
      }),
    )
    .output(annotationSchema),
  comparing: procedure
    .route({ method: 'GET', summary: 'The names in the compare tray, in order' })
    .output(v.array(v.string())),
  compare: procedure
    .route({ method: 'POST', summary: 'Sets the compare tray' })
    .input(v.object({ names: v.pipe(v.array(nameSchema), v.maxLength(20)) }))
    .output(v.array(v.string())),
  views: procedure.route({ method: 'GET', summary: 'Saved views' }).output(v.array(viewSchema)),
  saveView: procedure
    .route({ method: 'POST', summary: 'Saves a view under its name, in place of one that has it' })
    .input(viewSchema)
    .output(viewSchema),
  deleteView: procedure.route({ method: 'POST', summary: 'Removes a saved view' }).input(nameInput).output(v.null()),
};

function facetRecord<T>(schema: T): Record<Facet, T> {
  return Object.fromEntries(FACETS.map((facet) => [facet, schema])) as Record<Facet, T>;
}

function numberRecord<T>(schema: T): Record<NumberField, T> {
  return Object.fromEntries(NUMBERS.map((field) => [field, schema])) as Record<NumberField, T>;
}
