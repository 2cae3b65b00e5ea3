import type { Leaf } from '../run-config.ts';

/** In the order they are listed, with what they have in common. */
export const RECIPE_GROUPS = {
  method: 'Ways to train',
  schedule: "Schedules and dropout of vit_jax's README",
  augmentation: "AugReg's augmentation levels",
  regularisation: "AugReg's regularisation",
} as const;
export type RecipeGroup = keyof typeof RECIPE_GROUPS;

/** Fields that belong together and why: a preset that is put on top of a model's configuration. */
export interface Recipe {
  /** What `--config=ID` and `--config=ID:BASE` name; without a colon. */
  readonly id: string;
  readonly group: RecipeGroup;
  readonly title: string;
  /** Why one takes it, as one sentence. */
  readonly reason: string;
  /** Where the values are from, and which of them are Vitrine's own choice. */
  readonly source: string;
  readonly fields: Readonly<Record<string, Leaf>>;
  /** pretrained_dir, where the configuration below names none. */
  readonly weightsFrom?: string;
  /** Top-1 that its source reports, of 1, by the base that it was measured with. */
  readonly published?: Readonly<Record<string, number>>;
}
