import { AppError } from '../errors.ts';
import { augregNameOf, VARIANTS } from '../models/variants.ts';
import type { Variant } from '../models/variants.ts';
import { nearest } from '../nearest.ts';
import { AS_VIT_JAX, AUGREG, commonConfig, DATASETS } from './common-config.ts';
import { MODEL_OF_CHECKPOINT, modelConfigOf } from './model-config.ts';
import { applyRecipe, RECIPES } from './recipes/registry.ts';
import type { AppliedRecipe } from './recipes/registry.ts';
import type { EncoderModelConfig, RunConfig } from './run-config.ts';

export interface Preset {
  /** As `--config=` takes it; null without one. */
  readonly name: string | null;
  readonly config: RunConfig;
  /** What was put on top of vit_jax's configuration, in the order it was applied. */
  readonly recipes: readonly AppliedRecipe[];
}

export const PRESET_EXAMPLES = ['augreg:Ti_16', 'vit:b16,cifar10', 'mixer_base16_cifar10', 'small:Ti_16'] as const;

const SPELLING = /^(?:.*[\\/])?(augreg|vit|mixer_base16_cifar10|inference_time)(?:\.py)?(?::(.*))?$/;

/**
 * The preset that `--config=` names: `augreg:MODEL`, `augreg:FILENAME`, `vit:MODEL,DATASET`, `mixer_base16_cifar10`, or
 * any path to vit_jax's file of that name; or a recipe over one of them, `probe:augreg:Ti_16`, short `probe:Ti_16`. Without
 * one, as with a recipe alone: architecture and resolution are the checkpoint's, the schedule is augreg's.
 * @throws AppError config
 */
export function presetNamed(text: string | undefined): Preset {
  if (text === undefined) {
    const pp = { ...AUGREG.pp, resize: null, crop: null };
    const vitrine = { ...AS_VIT_JAX, exif: 'exif' as const };
    return plain(null, commonConfig({ ...AUGREG, model: MODEL_OF_CHECKPOINT, pp, vitrine }));
  }
  const [, first = '', rest] = /^([^:]*)(?::([\s\S]*))?$/.exec(text)!;
  const recipe = RECIPES.find(({ id }) => id === first);
  if (recipe) {
    const base = presetNamed(rest ? withKind(rest) : undefined);
    const { config, applied } = applyRecipe(recipe, base.config);
    const name = base.name === null ? recipe.id : `${recipe.id}:${base.name}`;
    return { name, config, recipes: [...base.recipes, applied] };
  }
  const [, kind, argument] = SPELLING.exec(text) ?? [];
  if (kind === 'augreg') return augregPreset(argument ?? '');
  if (kind === 'vit') return vitPreset(argument ?? '');
  if (kind === 'mixer_base16_cifar10') return mixerPreset(argument);
  if (kind === 'inference_time')
    throw new AppError('config', 'inference_time measures a model and trains nothing.', {
      hint: `"vitrine bench models --config=inference_time:${argument || 'ViT-B_32'}" runs it.`,
      details: { config: text },
    });
  throw unknownPreset(text, first);
}

/** A base without its kind: a model and a data set are vit's, a model or a file name alone is augreg's. */
function withKind(base: string): string {
  const first = base.split(':')[0]!;
  if (SPELLING.test(base) || RECIPES.some(({ id }) => id === first) || base.includes(':')) return base;
  return base.includes(',') ? `vit:${base}` : `augreg:${base}`;
}

function unknownPreset(text: string, first: string): AppError {
  const guess = nearest(first, ['augreg', 'vit', 'mixer_base16_cifar10', ...RECIPES.map(({ id }) => id)]);
  return new AppError('config', `There is no configuration "${text}".`, {
    hint:
      (guess ? `Did you mean "${guess}${text.slice(first.length)}"? ` : '') +
      `For example ${PRESET_EXAMPLES.join(', ')}, also as paths to vit_jax's files; "vitrine config" lists them all.`,
    details: { config: text },
  });
}

function plain(name: string | null, config: RunConfig): Preset {
  return { name, config, recipes: [] };
}

function augregPreset(argument: string): Preset {
  const file = argument.replace(/\.npz$/, '');
  const isBare = !file.includes('-');
  // The paper writes "R26+S/32".
  const wanted = isBare ? file.replaceAll(/[+/]/g, '_') : file;
  const variant = pick(wanted.split('-')[0]!, augregNameOf, 'AugReg model');
  const name = isBare ? augregNameOf(variant)! : file;
  const model = modelConfigOf(variant) as EncoderModelConfig;
  const config = commonConfig({
    ...AUGREG,
    pretrained_dir: 'gs://vit_models/augreg',
    model_or_filename: name,
    model: { ...model, transformer: { ...model.transformer, dropout_rate: 0 } },
  });
  return plain(`augreg:${name}`, config);
}

function vitPreset(argument: string): Preset {
  const [wanted = '', dataset = '', ...more] = argument.split(',');
  if (more.length > 0 || wanted === '' || !Object.hasOwn(DATASETS, dataset)) {
    throw new AppError('config', `vit takes MODEL,DATASET, and got "${argument}".`, {
      hint: `For example vit:b16,cifar10. Datasets: ${Object.keys(DATASETS).join(', ')}.`,
      details: { argument },
    });
  }
  const variant = pick(wanted, (v) => v.configName, 'model');
  const rate = wanted === 'b16' && dataset === 'cifar10' ? { base_lr: 0.01 } : {};
  const config = commonConfig({ ...DATASETS[dataset]!, ...rate, dataset, model: modelConfigOf(variant) });
  return plain(`vit:${wanted},${dataset}`, config);
}

function mixerPreset(argument: string | undefined): Preset {
  if (argument) {
    throw new AppError('config', `mixer_base16_cifar10 takes no argument, and got "${argument}".`);
  }
  const variant = pick('mixer_b16', (v) => v.configName, 'model');
  const pp = { ...DATASETS['cifar10']!.pp, crop: 224 };
  const config = commonConfig({ total_steps: 10_000, dataset: 'cifar10', model: modelConfigOf(variant), pp });
  return plain('mixer_base16_cifar10', config);
}

/** A variant by one of its names. @throws AppError config with the nearest */
function pick(name: string, nameOf: (v: Variant) => string | null, kind: string): Variant {
  const found = VARIANTS.find((v) => nameOf(v) === name);
  if (found) return found;
  const known = VARIANTS.map(nameOf).filter((n) => n !== null);
  const guess = nearest(name, known);
  throw new AppError('config', name === '' ? `The ${kind} is missing.` : `There is no ${kind} "${name}".`, {
    hint: `${guess ? `Did you mean "${guess}"? ` : ''}Known: ${known.join(', ')}.`,
    details: { name, known },
  });
}
