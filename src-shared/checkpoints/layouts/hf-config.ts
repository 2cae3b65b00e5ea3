import * as v from 'valibot';
import type { Preprocessing } from '../sidecar.ts';
import { bad, jsonAs, type LayoutFile } from './layout.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const sizes = v.union([positive, v.pipe(v.array(positive), v.length(2))]);

/** transformers' config.json of a ViT or DeiT; defaults are those of ViTConfig. */
const HfConfigSchema = v.object({
  model_type: v.nullish(v.string()),
  hidden_act: v.nullish(v.string(), 'gelu'),
  layer_norm_eps: v.nullish(v.pipe(v.number(), v.gtValue(0)), 1e-12),
  num_attention_heads: v.nullish(positive),
  image_size: v.nullish(sizes),
  id2label: v.nullish(v.record(v.string(), v.string())),
});

export interface HfConfig {
  modelType: string | null;
  gelu: 'erf' | 'tanh';
  layerNormEpsilon: number;
  numHeads: number | undefined;
  imageSize: readonly [number, number] | undefined;
  labels: string[] | null;
}

const TANH = new Set(['gelu_pytorch_tanh', 'gelu_new', 'gelu_fast', 'gelu_python_tanh']);

/** @throws AppError bad_checkpoint for fields of the wrong type and an activation that is no GELU */
export function hfConfig(file: LayoutFile): HfConfig {
  const config = jsonAs(HfConfigSchema, file.config ?? {}, 'config.json');
  const activation = config.hidden_act;
  if (activation !== 'gelu' && !TANH.has(activation)) {
    throw bad(`config.json: hidden_act is "${activation}"; only GELU and its tanh approximation are supported.`);
  }
  const { image_size: size } = config;
  return {
    modelType: config.model_type ?? null,
    gelu: activation === 'gelu' ? 'erf' : 'tanh',
    layerNormEpsilon: config.layer_norm_eps,
    numHeads: config.num_attention_heads ?? undefined,
    imageSize:
      size === null || size === undefined
        ? file.imageSize
        : typeof size === 'number'
          ? [size, size]
          : [size[0]!, size[1]!],
    labels: labelsOf(config.id2label),
  };
}

/** In order; null where they are transformers' own LABEL_0, LABEL_1, … */
function labelsOf(byId: Record<string, string> | null | undefined): string[] | null {
  if (byId === null || byId === undefined) return null;
  const labels = Object.keys(byId).map((_, i) => (Object.hasOwn(byId, String(i)) ? byId[String(i)]! : null));
  if (labels.some((label) => label === null) || labels.every((label, i) => label === `LABEL_${i}`)) return null;
  return labels as string[];
}

const side = v.object({ height: positive, width: positive });
const rgb = v.tuple([v.number(), v.number(), v.number()]);

const ProcessorSchema = v.object({
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

/** Pillow's numbers of its filters. */
const FILTERS: Readonly<Record<number, Preprocessing['resize']>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
};

/** How an image processor of transformers behaves where its file leaves something out. */
export interface ProcessorDefaults {
  resample: number;
  crops: boolean;
}

/**
 * What preprocessor_config.json says.
 * @returns null where there is none, or where it does something that is not known here (told in `notes`)
 * @throws AppError bad_checkpoint for fields of the wrong type
 */
export function hfPreprocessing(
  { preprocessor: json }: LayoutFile,
  { defaults, notes }: { defaults: ProcessorDefaults; notes: string[] },
): Preprocessing | null {
  if (json === null) return null;
  const p = jsonAs(ProcessorSchema, json, 'preprocessor_config.json');
  const resize = FILTERS[p.resample ?? defaults.resample];
  const usual = p.do_resize && p.do_rescale && p.do_normalize && Math.abs(p.rescale_factor * 255 - 1) < 1e-3;
  if (!usual || resize === undefined || p.size === null || p.size === undefined) {
    notes.push('preprocessor_config.json prepares images in a way that is not known here.');
    return null;
  }
  const crops = p.do_center_crop ?? defaults.crops;
  const resized: Preprocessing['resized'] =
    typeof p.size === 'object' && 'shortest_edge' in p.size
      ? { fit: 'short side', length: p.size.shortest_edge }
      : { fit: 'stretch', size: pair(p.size) };
  const resolution =
    crops && p.crop_size !== null && p.crop_size !== undefined
      ? pair(p.crop_size)
      : resized.fit === 'stretch'
        ? resized.size
        : null;
  if (resolution === null) {
    notes.push("preprocessor_config.json resizes without a crop, so images aren't of one size.");
    return null;
  }
  const whole = resized.fit === 'stretch' && resized.size.every((s, i) => s === resolution[i]);
  const mean = p.image_mean ?? HALF;
  const std = p.image_std ?? HALF;
  return {
    resolution,
    resize,
    antialias: true,
    ...(whole ? {} : { resized }),
    ...([...mean, ...std].every((value) => value === 0.5) ? { range: '[-1, 1]' } : { range: 'normalised', mean, std }),
    exif: 'ignore',
  };
}

const HALF: [number, number, number] = [0.5, 0.5, 0.5];

function pair(size: number | { height: number; width: number }): [number, number] {
  return typeof size === 'number' ? [size, size] : [size.height, size.width];
}
