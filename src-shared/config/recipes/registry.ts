import { AppError } from '../../errors.ts';
import { leavesOf, withLeaf } from '../run-config.ts';
import type { Leaf, RunConfig } from '../run-config.ts';
import { AUGREG_LEVELS, AUGREG_REGULARISATION } from './augreg.ts';
import { METHODS } from './methods.ts';
import type { Recipe } from './recipe.ts';
import { SCHEDULES } from './schedules.ts';

/** Everything that can be put on top of a configuration, in the order of RECIPE_GROUPS. */
export const RECIPES: readonly Recipe[] = [...METHODS, ...SCHEDULES, ...AUGREG_LEVELS, ...AUGREG_REGULARISATION];

/** A recipe and what it changed. */
export interface AppliedRecipe {
  readonly recipe: Recipe;
  readonly changed: readonly { readonly path: string; readonly value: Leaf; readonly before: Leaf }[];
}

/**
 * A recipe over a configuration. What a model hasn't can be switched off all the same: an MLP-Mixer has no dropout.
 * @throws AppError config for a field that the configuration hasn't
 */
export function applyRecipe(recipe: Recipe, base: RunConfig): { config: RunConfig; applied: AppliedRecipe } {
  const before = new Map(leavesOf(base));
  const wanted = Object.entries(recipe.fields);
  if (recipe.weightsFrom !== undefined && base.pretrained_dir === '.' && base.model.model_name !== null)
    wanted.push(['pretrained_dir', recipe.weightsFrom]);
  let config = base;
  const changed: AppliedRecipe['changed'][number][] = [];
  for (const [path, value] of wanted) {
    const was = before.get(path);
    if (was === undefined) {
      if (value === 0 || value === false) continue;
      throw new AppError('config', `The preset ${recipe.id} sets config.${path}, which this model doesn't have.`, {
        hint: 'An MLP-Mixer has no dropout: take another preset.',
        details: { preset: recipe.id, field: path },
      });
    }
    if (was === value) continue;
    config = withLeaf(config, path, value);
    changed.push({ path, value, before: was });
  }
  return { config, applied: { recipe, changed } };
}
