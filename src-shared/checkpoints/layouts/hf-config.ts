import * as v from 'valibot';
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
