import * as v from 'valibot';
import { IMAGENET_MEAN, IMAGENET_STD } from '../imagenet.ts';
import { MAX_SIDE, type Preprocessing } from '../sidecar.ts';
import { jsonAs, unprepared, type LayoutFile, type Prepared } from './layout.ts';

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
  prepared: Prepared;
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
    prepared: imageSize ? prepared(cfg, imageSize) : { preprocessing: null },
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
/** timm's own where a file leaves it out (timm/models/_pretrained.py). */
const DEFAULTS = { interpolation: 'bicubic', crop: 0.875, mean: IMAGENET_MEAN, std: IMAGENET_STD };

/** timm's evaluation transform (timm/data/transforms_factory.py): Resize, CenterCrop, ToTensor, Normalize. */
function prepared(cfg: v.InferOutput<typeof CfgSchema>, resolution: [number, number]): Prepared {
  const said = [cfg.interpolation, cfg.crop_pct, cfg.crop_mode, cfg.mean, cfg.std];
  if (said.every((value) => value === null || value === undefined)) return { preprocessing: null };
  const interpolation = cfg.interpolation ?? DEFAULTS.interpolation;
  const { mean, std } = { mean: cfg.mean ?? DEFAULTS.mean, std: cfg.std ?? DEFAULTS.std };
  const scaled = resolution.map((side) => Math.floor(side / (cfg.crop_pct ?? DEFAULTS.crop))) as [number, number];
  const stretch = cfg.crop_mode === 'squash';
  const no = (why: string): Prepared => unprepared(`config.json ${why}`);
  if (!METHODS.has(interpolation)) return no(`has the interpolation ${JSON.stringify(interpolation)}`);
  if (cfg.crop_mode === 'border') return no('has the crop_mode "border", which puts a border around images');
  if (!stretch && resolution[0] !== resolution[1]) return no("keeps the aspect ratio for images that aren't square");
  if (scaled.some((side) => side < 1 || side > MAX_SIDE)) return no(`has the crop_pct ${cfg.crop_pct}`);
  if (std.some((value) => value === 0)) return no('divides by a std of zero');
  const whole = stretch && scaled.every((side, i) => side === resolution[i]);
  const plain = [...mean, ...std].every((value) => value === 0.5);
  return {
    preprocessing: {
      resolution,
      resize: interpolation as Preprocessing['resize'],
      antialias: true,
      ...(whole
        ? {}
        : { resized: stretch ? { fit: 'stretch', size: scaled } : { fit: 'short side', length: scaled[0] } }),
      dct: 'accurate',
      ...(plain ? { range: '[-1, 1]' } : { range: 'normalised', mean, std }),
      exif: 'ignore',
    },
  };
}
