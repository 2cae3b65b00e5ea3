import { isDatasetName } from '../data/named.ts';
import { notesOnAliases, withoutAliases } from './aliases.ts';
import { checkTogether } from './combinations.ts';
import { notesOnCombinations } from './combination-notes.ts';
import { FIELDS } from './fields.ts';
import { noteOnFile } from './location.ts';
import { parseOverride } from './overrides.ts';
import { presetNamed } from './presets.ts';
import type { AppliedRecipe } from './recipes/registry.ts';
import { leavesOf, withLeaf } from './run-config.ts';
import type { Leaf, RunConfig } from './run-config.ts';

export interface Change {
  readonly path: string;
  readonly value: Leaf;
  /** The preset's value. */
  readonly preset: Leaf;
}

export interface ResolvedConfig {
  /** As `--config=` takes it; null without one. */
  readonly preset: string | null;
  readonly config: RunConfig;
  /** What the preset is made of beside vit_jax's configuration, and why. */
  readonly recipes: readonly AppliedRecipe[];
  /** What differs from the preset. */
  readonly changed: Change[];
  /** What a person should know: fields without effect, adjusted values, where the weights come from. */
  readonly notes: string[];
}

/**
 * The configuration that `--config=PRESET` and `--config.field=value` flags give; a later override wins.
 * @throws AppError config naming the field, what it takes and what it got
 */
export function resolveConfig(options: {
  config?: string;
  overrides: readonly string[];
  /** The weights come from a file the user named: nothing needs saying about the configuration's. */
  hasCheckpoint?: boolean;
}): ResolvedConfig {
  const preset = presetNamed(options.config);
  const known = leavesOf(preset.config).map(([path]) => path);
  const notes: string[] = [];
  let config = preset.config;
  const given = new Set(preset.recipes.flatMap(({ recipe }) => Object.keys(recipe.fields)));
  given.delete('warmup_steps'); // a preset's warmup shrinks with the run
  const { overrides, used } = withoutAliases(options.overrides);
  for (const flag of overrides) {
    const { path, value } = parseOverride(flag, known);
    config = withLeaf(config, path, value);
    given.add(path);
  }
  notes.push(...notesOnAliases(used, config.vitrine.optim.name));
  const changed = new Set(changesFrom(preset.config, config).map(({ path }) => path));
  for (const path of changed) {
    const { unused } = FIELDS[path]!;
    if (unused) notes.push(`config.${path} has no effect: ${unused}.`);
  }
  notes.push(...notesOnCombinations(config, { changed, given }));
  if (!given.has('warmup_steps') && config.warmup_steps >= config.total_steps) {
    const warmup = Math.floor((config.total_steps * preset.config.warmup_steps) / preset.config.total_steps);
    notes.push(
      `config.warmup_steps is ${warmup}: the preset's ${config.warmup_steps} don't fit ${config.total_steps} steps, ` +
        'so its share of the run was kept.',
    );
    config = withLeaf(config, 'warmup_steps', warmup);
  }
  checkTogether(config);
  const fileNote = options.hasCheckpoint ? null : noteOnFile(config.model_or_filename);
  if (fileNote) notes.unshift(fileNote);
  if (!given.has('dataset') && isDatasetName(config.dataset)) {
    const { dataset } = config;
    notes.push(
      `config.dataset="${dataset}" is a name: of a folder where one is here, otherwise of the library's data set ` +
        `("vitrine data add ${dataset}"). --config.dataset=FOLDER takes another.`,
    );
  }
  return { preset: preset.name, config, recipes: preset.recipes, changed: changesFrom(preset.config, config), notes };
}

function changesFrom(preset: RunConfig, config: RunConfig): Change[] {
  const before = new Map(leavesOf(preset));
  return leavesOf(config)
    .map(([path, value]) => ({ path, value, preset: before.get(path) ?? null }))
    .filter(({ value, preset }) => JSON.stringify(value) !== JSON.stringify(preset));
}
