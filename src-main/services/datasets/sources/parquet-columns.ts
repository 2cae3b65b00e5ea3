import type { FileMetaData } from 'hyparquet';
import * as v from 'valibot';
import { AppError } from '../../../../src-shared/errors.ts';

/** Which columns hold the images and their labels. */
export interface ImageColumns {
  image: string;
  /** A struct {bytes, path}; otherwise bytes themselves. */
  nested: boolean;
  label: string | null;
  /** In the order of the labels. */
  classNames: string[];
}

const featuresSchema = v.object({
  info: v.object({
    features: v.record(
      v.string(),
      v.looseObject({ _type: v.optional(v.string()), names: v.optional(v.array(v.string())) }),
    ),
  }),
});

const IMAGES = ['image', 'img', 'picture', 'photo'];
const LABELS = ['label', 'labels', 'fine_label', 'class', 'target'];

/** What a file's schema and Hugging Face's note in its metadata say. @throws AppError bad_dataset */
export function columnsOf(metadata: FileMetaData, path: string): ImageColumns {
  const features = featuresOf(metadata);
  const top = topColumns(metadata);
  const names = top.map(({ name }) => name);
  const isImage = ({ name, children, isBytes }: Column): boolean =>
    features[name]?._type === 'Image' ||
    (children.includes('bytes') && children.includes('path')) ||
    (isBytes && IMAGES.includes(name));
  const images = top.filter(isImage);
  if (images.length === 0) {
    throw new AppError(
      'bad_dataset',
      `${path} has no column of images: it has ${names.map((name) => `"${name}"`).join(', ')}.`,
      {
        hint: 'An image column is a struct {bytes, path}, as Hugging Face\'s "datasets" writes it.',
        details: { path, columns: names },
      },
    );
  }
  const image = images.find(({ name }) => IMAGES.includes(name)) ?? images[0]!;
  const classes = names.filter((name) => features[name]?._type === 'ClassLabel');
  const label = LABELS.find((name) => classes.includes(name)) ?? classes[0] ?? null;
  if (label === null && LABELS.some((name) => names.includes(name))) {
    throw new AppError(
      'bad_dataset',
      `${path} has labels, and its metadata doesn't name their classes (no ClassLabel).`,
      {
        hint: 'Write it with Hugging Face\'s "datasets", with the label cast to ClassLabel.',
        details: { path, columns: names },
      },
    );
  }
  const classNames = label === null ? [] : (features[label]!.names ?? []);
  return { image: image.name, nested: image.children.length > 0, label, classNames };
}

interface Column {
  name: string;
  children: string[];
  isBytes: boolean;
}

/** The schema is the tree, depth first. */
function topColumns({ schema }: FileMetaData): Column[] {
  const columns: Column[] = [];
  let at = 1;
  const skip = (): void => {
    const own = schema[at++]?.num_children ?? 0;
    for (let i = 0; i < own; i++) skip();
  };
  while (at < schema.length) {
    const { name, type, num_children: count = 0 } = schema[at++]!;
    const children: string[] = [];
    for (let i = 0; i < count && at < schema.length; i++) {
      children.push(schema[at]!.name);
      skip();
    }
    columns.push({ name, children, isBytes: type === 'BYTE_ARRAY' });
  }
  return columns;
}

function featuresOf(metadata: FileMetaData): v.InferOutput<typeof featuresSchema>['info']['features'] {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return {};
  try {
    const parsed = v.safeParse(featuresSchema, JSON.parse(text));
    return parsed.success ? parsed.output.info.features : {};
  } catch {
    return {};
  }
}
