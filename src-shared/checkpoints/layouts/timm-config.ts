import * as v from 'valibot';
import type { Preprocessing } from '../sidecar.ts';
import { jsonAs, type LayoutFile } from './layout.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const sizes = v.union([positive, v.pipe(v.array(positive), v.length(2))]);
const rgb = v.tuple([v.number(), v.number(), v.number()]);

const CfgSchema = v.object({
  architecture: v.nullish(v.string()),
  tag: v.nullish(v.string()),
  input_size: v.nullish(v.tuple([positive, positive, positive])),
  interpolation: v.nullish(v.string()),
  crop_pct: v.nullish(v.pipe(v.number(), v.gtValue(0))),
  crop_mode: v.nullish(v.string()),
  mean: v.nullish(rgb),
  std: v.nullish(rgb),
  label_names: v.nullish(v.union([v.array(v.string()), v.record(v.string(), v.string())])),
  label_descriptions: v.nullish(v.record(v.string(), v.string())),
});

/** timm's config.json, as its Hub models and `local-dir:` have it; the older ones have all of it at the root. */
const TimmConfigSchema = v.object({
  ...CfgSchema.entries,
  global_pool: v.nullish(v.string()),
  pretrained_cfg: v.nullish(CfgSchema),
  model_args: v.nullish(
    v.object({
      num_heads: v.nullish(positive),
      img_size: v.nullish(sizes),
      global_pool: v.nullish(v.string()),
      act_layer: v.nullish(v.string()),
    }),
  ),
  /** What Vitrine adds where timm's own fields can't say it. */
  vitrine: v.nullish(v.object({ gelu: v.nullish(v.picklist(['tanh', 'erf'])) })),
});

export interface TimmConfig {
  /** `vit_base_patch16_224`; empty where unknown. */
  architecture: string;
  tag: string;
  numHeads: number | undefined;
  globalPool: string | undefined;
  imageSize: readonly [number, number] | undefined;
  gelu: 'erf' | 'tanh' | undefined;
  labels: string[] | null;
  preprocessing: Preprocessing | null;
}

/** @throws AppError bad_checkpoint for fields of the wrong type */
export function timmConfig(file: LayoutFile): TimmConfig {
  const config = jsonAs(TimmConfigSchema, file.config ?? {}, 'config.json');
  const cfg = config.pretrained_cfg ?? config;
  const args = config.model_args ?? {};
  const size = args.img_size ?? cfg.input_size?.slice(1);
  const imageSize: [number, number] | undefined =
    size === null || size === undefined ? undefined : typeof size === 'number' ? [size, size] : [size[0]!, size[1]!];
  return {
    architecture: config.architecture ?? cfg.architecture ?? '',
    tag: cfg.tag ?? '',
    numHeads: args.num_heads ?? undefined,
    globalPool: args.global_pool ?? config.global_pool ?? undefined,
    imageSize: imageSize ?? file.imageSize,
    gelu: config.vitrine?.gelu ?? namedGelu(args.act_layer),
    labels: labelsOf(config.label_names ?? cfg.label_names, config.label_descriptions ?? cfg.label_descriptions),
    preprocessing: imageSize ? preprocessingOf(cfg, imageSize) : null,
  };
}

function namedGelu(activation: string | null | undefined): 'erf' | 'tanh' | undefined {
  return activation === 'gelu_tanh' ? 'tanh' : activation === 'gelu' ? 'erf' : undefined;
}

function labelsOf(
  names: string[] | Record<string, string> | null | undefined,
  descriptions: Record<string, string> | null | undefined,
): string[] | null {
  if (names === null || names === undefined) return null;
  const described = (name: string): string =>
    descriptions && Object.hasOwn(descriptions, name) ? descriptions[name]! : name;
  if (Array.isArray(names)) return names.map(described);
  const inOrder = Object.keys(names).map((_, i) => names[String(i)]);
  return inOrder.every((name) => name !== undefined) ? inOrder.map(described) : null;
}

const METHODS = new Set<string>(['nearest', 'bilinear', 'bicubic', 'lanczos']);

/** timm's evaluation transform (timm/data/transforms_factory.py); null where it is one that is not known here. */
function preprocessingOf(cfg: v.InferOutput<typeof CfgSchema>, resolution: [number, number]): Preprocessing | null {
  const { interpolation, crop_pct: crop, crop_mode: mode, mean, std } = cfg;
  if (
    interpolation === null ||
    interpolation === undefined ||
    crop === null ||
    crop === undefined ||
    mean === null ||
    mean === undefined ||
    std === null ||
    std === undefined ||
    !METHODS.has(interpolation)
  )
    return null;
  const scaled = resolution.map((side) => Math.floor(side / crop)) as [number, number];
  const stretch = mode === 'squash';
  if (!stretch && ((mode ?? 'center') !== 'center' || resolution[0] !== resolution[1])) return null;
  const whole = stretch && scaled.every((side, i) => side === resolution[i]);
  const plain = [...mean, ...std].every((value) => value === 0.5);
  return {
    resolution,
    resize: interpolation as Preprocessing['resize'],
    antialias: true,
    ...(whole
      ? {}
      : { resized: stretch ? { fit: 'stretch', size: scaled } : { fit: 'short side', length: scaled[0] } }),
    ...(plain ? { range: '[-1, 1]' } : { range: 'normalised', mean, std }),
    exif: 'ignore',
  };
}
