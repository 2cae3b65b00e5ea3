import * as v from 'valibot';
import { MAX_SIDE, type Preprocessing } from '../sidecar.ts';
import { jsonAs, unprepared, type LayoutFile, type Prepared } from './layout.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const side = v.object({ height: positive, width: positive });
const rgb = v.tuple([v.number(), v.number(), v.number()]);

const ProcessorSchema = v.object({
  image_processor_type: v.nullish(v.string()),
  /** Its name before image_processor_type. */
  feature_extractor_type: v.nullish(v.string()),
  do_resize: v.nullish(v.boolean(), true),
  do_rescale: v.nullish(v.boolean(), true),
  do_normalize: v.nullish(v.boolean(), true),
  do_center_crop: v.nullish(v.boolean()),
  rescale_factor: v.nullish(v.number(), 1 / 255),
  size: v.nullish(v.union([positive, side, v.object({ shortest_edge: positive })])),
  crop_size: v.nullish(v.union([positive, side])),
  resample: v.nullish(v.number()),
  image_mean: v.nullish(rgb),
  image_std: v.nullish(rgb),
});

type Processor = v.InferOutput<typeof ProcessorSchema>;
type Rgb = readonly [number, number, number];

/** Pillow's numbers of its filters. */
const FILTERS: Readonly<Record<number, Preprocessing['resize']>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
};

interface Defaults {
  resample: number;
  /** Whether it cuts out the middle; null: it never does. */
  crops: boolean | null;
  size: NonNullable<Processor['size']>;
  cropSize: number;
  mean: Rgb;
  std: Rgb;
  /** A size of one number is that of the short side. */
  keepsAspect?: true;
}

const HALF: Rgb = [0.5, 0.5, 0.5];
const square = (side: number) => ({ height: side, width: side });

/** How the image processors behave where their file leaves something out (transformers 4.57, image_processing_*.py). */
const PROCESSORS: Readonly<Record<string, Defaults>> = {
  ViT: { resample: 2, crops: null, size: square(224), cropSize: 224, mean: HALF, std: HALF },
  DeiT: { resample: 3, crops: true, size: square(256), cropSize: 224, mean: HALF, std: HALF },
  CLIP: {
    resample: 3,
    crops: true,
    size: { shortest_edge: 224 },
    cropSize: 224,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    keepsAspect: true,
  },
};

/**
 * What preprocessor_config.json says.
 * @param usual the processor of such models, where the file doesn't name one
 * @throws AppError bad_checkpoint for fields of the wrong type
 */
export function hfPreprocessing({ preprocessor: json }: LayoutFile, usual: 'ViT' | 'DeiT'): Prepared {
  if (json === null) return { preprocessing: null };
  const p = jsonAs(ProcessorSchema, json, 'preprocessor_config.json');
  const type = p.image_processor_type ?? p.feature_extractor_type ?? `${usual}ImageProcessor`;
  const name = /^(\w+?)(ImageProcessor(Fast)?|FeatureExtractor)$/.exec(type)?.[1] ?? '';
  const no = (why: string): Prepared => unprepared(`preprocessor_config.json ${why}`);
  if (!Object.hasOwn(PROCESSORS, name)) return no(`names ${JSON.stringify(type)}, which is not known here`);
  const defaults = PROCESSORS[name]!;
  const filter = p.resample ?? defaults.resample;
  const resize = FILTERS[filter];
  if (!p.do_resize) return no("doesn't resize, so images aren't of one size");
  if (resize === undefined) return no(`resizes with Pillow's filter ${filter}, which is not known here`);
  const resized = resizedBy(p.size ?? defaults.size, defaults);
  const crops = defaults.crops === null ? false : (p.do_center_crop ?? defaults.crops);
  const uncut = resized.fit === 'stretch' ? resized.size : null;
  const resolution = crops ? pair(p.crop_size ?? defaults.cropSize) : uncut;
  if (resolution === null) return no("resizes without a crop, so images aren't of one size");
  const sides = resized.fit === 'stretch' ? resized.size : [resized.length];
  if (sides.some((length) => length > MAX_SIDE)) return no(`resizes to more than ${MAX_SIDE} px`);
  const whole = resized.fit === 'stretch' && resized.size.every((length, i) => length === resolution[i]);
  const range = rangeOf(p, defaults);
  if (range === null) return no('divides by zero');
  return {
    preprocessing: {
      resolution,
      resize,
      antialias: true,
      ...(whole ? {} : { resized, corner: 'down' }),
      dct: 'accurate',
      ...range,
      exif: 'ignore',
    },
  };
}

function resizedBy(
  size: NonNullable<Processor['size']>,
  { keepsAspect }: Defaults,
): NonNullable<Preprocessing['resized']> {
  if (typeof size === 'number' && keepsAspect) return { fit: 'short side', length: size };
  return typeof size === 'object' && 'shortest_edge' in size
    ? { fit: 'short side', length: size.shortest_edge }
    : { fit: 'stretch', size: pair(size) };
}

/** (x · factor - mean) / std, as a mean and std on a scale where white is 1. */
function rangeOf(p: Processor, defaults: Defaults): Pick<Preprocessing, 'range' | 'mean' | 'std'> | null {
  const exact = p.do_rescale ? p.rescale_factor * 255 : 255;
  const white = Math.abs(exact - 1) < 1e-6 ? 1 : exact; // 1 / 255 is often written with few digits
  const mean = p.do_normalize ? (p.image_mean ?? defaults.mean) : ([0, 0, 0] as const);
  const std = p.do_normalize ? (p.image_std ?? defaults.std) : ([1, 1, 1] as const);
  if (white === 0 || std.some((value) => value === 0)) return null;
  if (white === 1 && [...mean, ...std].every((value) => value === 0.5)) return { range: '[-1, 1]' };
  const scaled = ([r, g, b]: Rgb): Rgb => (white === 1 ? [r, g, b] : [r / white, g / white, b / white]);
  return { range: 'normalised', mean: scaled(mean), std: scaled(std) };
}

function pair(size: number | { height: number; width: number }): [number, number] {
  return typeof size === 'number' ? [size, size] : [size.height, size.width];
}
