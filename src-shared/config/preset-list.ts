import { PUBLISHED } from '../models/published.ts';
import { VARIANTS } from '../models/variants.ts';
import { DATASETS } from './common-config.ts';
import { RECIPE_GROUPS } from './recipes/recipe.ts';
import { RECIPES } from './recipes/registry.ts';
import type { Leaf } from './run-config.ts';

/** One thing that `--config=` can name, for people to choose from. */
export interface PresetEntry {
  /** What `--config=` takes. */
  readonly id: string;
  readonly title: string;
  /** Why one takes it, as one sentence. */
  readonly reason: string;
  readonly source: string;
  /** It goes over another: `ID:BASE`. Alone it takes the checkpoint's architecture. */
  readonly combines: boolean;
  /** What it sets over its base; null for a whole configuration. */
  readonly fields: { path: string; value: Leaf }[] | null;
}

export interface PresetGroup {
  readonly id: string;
  readonly title: string;
  readonly presets: PresetEntry[];
}

/** All of them: vit_jax's configurations, then what goes over one, in groups. */
export function listPresets(): PresetGroup[] {
  const groups = Object.entries(RECIPE_GROUPS).map(([id, title]) => ({
    id,
    title,
    presets: RECIPES.filter(({ group }) => group === id).map((recipe) => ({
      id: recipe.id,
      title: recipe.title,
      reason: recipe.reason,
      source: recipe.source,
      combines: true,
      fields: Object.entries(recipe.fields).map(([path, value]) => ({ path, value })),
    })),
  }));
  return [{ id: 'vit_jax', title: "vit_jax's configurations", presets: vitJax() }, ...groups];
}

function vitJax(): PresetEntry[] {
  const whole = { combines: false, fields: null };
  return [
    ...PUBLISHED.map(({ model, name }) => ({
      ...whole,
      id: `augreg:${model}`,
      title: `${name}, its recommended AugReg checkpoint`,
      reason: 'The pre-training with the best validation on ImageNet-21k, for 500 steps at 384 px.',
      source: "vit_jax's configs/augreg.py",
    })),
    ...VARIANTS.filter(({ modelName }) => !modelName.startsWith('testing')).flatMap(({ configName, modelName }) =>
      Object.keys(DATASETS).map((dataset) => ({
        ...whole,
        id: `vit:${configName},${dataset}`,
        title: `${modelName} on ${dataset}`,
        reason: `The ViT paper's fine-tuning, for ${DATASETS[dataset]!.total_steps.toLocaleString('en')} steps at 384 px.`,
        source: "vit_jax's configs/vit.py",
      })),
    ),
    {
      ...whole,
      id: 'mixer_base16_cifar10',
      title: 'Mixer-B_16 on cifar10',
      reason: "The Mixer paper's model as the ViT paper fine-tunes, at its own 224 px.",
      source: "vit_jax's configs/mixer_base16_cifar10.py",
    },
  ];
}
