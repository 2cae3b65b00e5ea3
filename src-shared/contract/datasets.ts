import * as v from 'valibot';
import { isDatasetName } from '../data/named.ts';
import { findingsSchema } from './dataset-health.ts';
import { previewInputSchema, previewSchema } from './dataset-preview.ts';
import { keptFailureSchema, workProgressSchema } from './failure.ts';
import { procedure } from './procedure.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const byId = v.object({ id: v.string() });

export const datasetStateSchema = v.picklist([
  /** Its folder is being listed, or its archive unpacked. */
  'reading',
  'ready',
  /** Every image is being decoded. */
  'checking',
  'failed',
]);

const layoutSchema = v.picklist(['split/class', 'class', 'table', 'split/table', 'flat', 'tfds', 'parquet', 'cifar']);

const datasetSchema = v.object({
  id: v.string(),
  name: v.string(),
  /** The folder, absolute. */
  root: v.string(),
  /** A folder of the person's, or one that was unpacked from an archive into the library. */
  source: v.picklist(['folder', 'zip']),
  state: datasetStateSchema,
  progress: v.nullable(workProgressSchema),
  /** Why it failed. */
  error: v.nullable(keptFailureSchema),
  /** How the folder says what an image shows; null until it was read. */
  layout: v.nullable(layoutSchema),
  /** Those that are used: without the excluded ones. */
  images: count,
  classes: count,
  splits: v.array(v.object({ name: v.string(), images: count, unlabelled: count })),
  /** Images known to be bad. */
  bad: count,
  /** Images that were left out by hand, and whose class was changed by hand; their files stay as they are. */
  excluded: count,
  relabelled: count,
  /** When every image was last decoded, ISO 8601; null: only the listing was read. */
  checkedAt: v.nullable(v.string()),
  /** The images were also compared with one another then: `health` tells what was found. */
  compared: v.boolean(),
  /** Sentences a person should see once. */
  notes: v.array(v.string()),
  /** Why it can't be trained on, or null. */
  notTrainable: v.nullable(v.string()),
  /** SHA-256 over names, sizes, labels, splits and class names, as they are after what was changed by hand. */
  manifestHash: v.nullable(v.string()),
  /** Of the train/test split where Vitrine made it. */
  splitSeed: v.nullable(v.number()),
  addedAt: v.string(),
});

export type Dataset = v.InferOutput<typeof datasetSchema>;

const badImageSchema = v.object({ name: v.string(), code: v.string(), reason: v.string() });

const imageSchema = v.object({
  /** Its place in the data set: with the data set's id, the image's id. */
  position: count,
  /** Relative to the root, with '/'. */
  name: v.string(),
  split: v.string(),
  label: v.nullable(count),
  class: v.nullable(v.string()),
  /** Its class was changed by hand. */
  relabelled: v.boolean(),
  /** The class that the folder gives it. */
  listedClass: v.nullable(v.string()),
  /** Left out by hand. */
  excluded: v.boolean(),
  /** An address below /media. */
  thumbnail: v.string(),
  bad: v.nullable(v.object({ code: v.string(), reason: v.string() })),
});

export type DatasetImage = v.InferOutput<typeof imageSchema>;

/** One image from near. */
const imageDetailsSchema = v.object({
  ...imageSchema.entries,
  /** An address below /media: as large as a screen shows it. */
  picture: v.string(),
  /** As a person sees it, px; null where it doesn't decode, as all that follow. */
  width: v.nullable(count),
  height: v.nullable(count),
  /** By content: jpeg, png, … */
  format: v.nullable(v.string()),
  /** Of the file. */
  bytes: v.nullable(count),
});

export type DatasetImageDetails = v.InferOutput<typeof imageDetailsSchema>;

const lookSchema = v.object({
  /** What it would be called. */
  name: v.string(),
  /** Null for an archive whose files have to be unpacked to know. */
  layout: v.nullable(layoutSchema),
  images: count,
  classes: count,
  /** The first of them. */
  classNames: v.array(v.string()),
  splits: v.array(v.object({ name: v.string(), images: count })),
  /** Rows of a labels file that can't be used. */
  bad: count,
  /** Files that are no images. */
  ignored: count,
  notes: v.array(v.string()),
  notTrainable: v.nullable(v.string()),
});

export type DatasetLook = v.InferOutput<typeof lookSchema>;

const editSchema = v.object({
  position: count,
  /** A class by its index; null: as the folder says; absent: as it is. */
  label: v.optional(v.nullable(count)),
  /** Left out of training and evaluation; absent: as it is. */
  excluded: v.optional(v.boolean()),
});

export type DatasetEdit = v.InferOutput<typeof editSchema>;

const classSchema = v.object({
  index: count,
  name: v.string(),
  /** Images by split. */
  images: v.record(v.string(), count),
});

export type DatasetClass = v.InferOutput<typeof classSchema>;

const given = {
  /** A folder or a .zip on the machine that serves this; or `upload`. */
  path: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** An uploaded archive, by its id. */
  upload: v.optional(v.string()),
};

export const datasets = {
  look: procedure
    .route({ method: 'POST', summary: 'What a folder or an archive would be as a data set; adds nothing' })
    .input(v.object(given))
    .output(lookSchema),
  add: procedure
    .route({ method: 'POST', summary: 'Adds a folder of images, or a zip archive of one; reading goes on behind' })
    .input(
      v.object({
        ...given,
        /** The folder's or archive's name by default. */
        name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
        /** Of the test split that is made where the folder has none. */
        seed: v.optional(count, 0),
      }),
    )
    .output(datasetSchema),
  addNamed: procedure
    .route({
      method: 'POST',
      summary: 'Fetches a data set by its name, or takes it from files that are here; goes on behind',
    })
    .input(
      v.object({
        name: v.pipe(v.string(), v.check(isDatasetName, 'no data set is known by this name')),
        /** Where the published archives lie (or, for imagenet2012, the prepared data); absent: they are fetched. */
        from: v.optional(v.pipe(v.string(), v.minLength(1))),
      }),
    )
    .output(datasetSchema),
  list: procedure.route({ method: 'GET', summary: 'All data sets, the newest first' }).output(v.array(datasetSchema)),
  get: procedure.route({ method: 'GET', summary: 'One data set' }).input(byId).output(datasetSchema),
  refresh: procedure
    .route({ method: 'POST', summary: 'Reads the folder again; goes on behind' })
    .input(byId)
    .output(datasetSchema),
  check: procedure
    .route({ method: 'POST', summary: 'Decodes every image; goes on behind' })
    .input(byId)
    .output(datasetSchema),
  cancel: procedure.route({ method: 'POST', summary: 'Stops reading or checking' }).input(byId).output(datasetSchema),
  classes: procedure
    .route({ method: 'GET', summary: 'Classes with their images by split' })
    .input(byId)
    .output(v.array(classSchema)),
  images: procedure
    .route({ method: 'GET', summary: 'A page of images, of a split or a class, and how many there are' })
    .input(
      v.object({
        id: v.string(),
        split: v.optional(v.string()),
        /** A class by its index. */
        label: v.optional(count),
        /** A part of the name. */
        text: v.optional(v.pipe(v.string(), v.maxLength(500))),
        /** Without it: all but those that were left out by hand. */
        only: v.optional(v.picklist(['excluded', 'relabelled', 'bad', 'unlabelled'])),
        /** Those behind this position; the page before says which. */
        after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-1)), -1),
        /** So many more are passed over: the way to the middle of a list. */
        offset: v.optional(count, 0),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 100),
      }),
    )
    .output(v.object({ images: v.array(imageSchema), total: count, next: v.nullable(count) })),
  image: procedure
    .route({ method: 'GET', summary: 'One image with its size' })
    .input(v.object({ id: v.string(), position: count }))
    .output(imageDetailsSchema),
  edit: procedure
    .route({ method: 'POST', summary: 'Leaves images out or gives them another class; their files stay as they are' })
    .input(v.object({ id: v.string(), edits: v.pipe(v.array(editSchema), v.minLength(1), v.maxLength(20_000)) }))
    /** `before` undoes it. */
    .output(v.object({ dataset: datasetSchema, before: v.array(editSchema) })),
  examine: procedure
    .route({ method: 'POST', summary: 'Decodes every image and compares it with all others; goes on behind' })
    .input(byId)
    .output(datasetSchema),
  health: procedure
    .route({ method: 'GET', summary: 'What the last comparison of all images found that is still so' })
    .input(byId)
    .output(findingsSchema),
  preview: procedure
    .route({ method: 'POST', summary: "A sheet of training images as a run's model would see them" })
    .input(previewInputSchema)
    .output(previewSchema),
  bad: procedure
    .route({ method: 'GET', summary: 'Images known to be bad, with the reason' })
    .input(byId)
    .output(v.array(badImageSchema)),
  remove: procedure
    .route({ method: 'POST', summary: "Forgets a data set; a folder of the person's own stays as it is" })
    .input(byId)
    .output(v.object({ id: v.string() })),
};
