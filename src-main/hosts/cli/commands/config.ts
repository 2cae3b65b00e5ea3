import { CONFIG_FLAG, formatFlags, formatLeaf, splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { FIELDS } from '../../../../src-shared/config/fields.ts';
import { configHash } from '../../../../src-shared/config/identity.ts';
import {
  INFERENCE_TIME_FIELDS,
  isInferenceTime,
  resolveInferenceTime,
} from '../../../../src-shared/config/inference-time.ts';
import { listPresets } from '../../../../src-shared/config/preset-list.ts';
import { PRESET_EXAMPLES } from '../../../../src-shared/config/presets.ts';
import { resolveConfig } from '../../../../src-shared/config/resolve.ts';
import type { Change, ResolvedConfig } from '../../../../src-shared/config/resolve.ts';
import { leavesOf } from '../../../../src-shared/config/run-config.ts';
import type { Leaf } from '../../../../src-shared/config/run-config.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { Command, CommandContext } from '../command.ts';
import { renderPresets, renderRecipes } from '../render-presets.ts';

export const command: Command = {
  name: 'config',
  summary: 'list training presets, or print a resolved configuration',
  usage: 'config [NAME] [--config.FIELD=VALUE…] [--fields] [--flags] [--json]',
  help: `
Without a name: every preset, in groups, with the reason to take it and the fields it sets.
With one: the configuration that "vitrine train" would run with: every field with its value, what the preset has where
it differs, and what the field means. Names, types and defaults are vit_jax's; "seed" and "vitrine" are Vitrine's own.

NAME is what --config= takes:
  augreg:MODEL           the recommended AugReg checkpoint of a model, e.g. augreg:Ti_16
  augreg:FILENAME        an AugReg file by its name, without .npz
  vit:MODEL,DATASET      the ViT paper's fine-tuning, e.g. vit:b16,cifar10
  mixer_base16_cifar10   Mixer-B/16 on CIFAR-10
  inference_time:MODEL   for "vitrine bench models"
  or a path to vit_jax's file, e.g. vit_jax/configs/augreg.py:Ti_16
  PRESET:NAME            a preset over one of them: probe:augreg:Ti_16, short probe:Ti_16; several: small:aug_light1:S_16
  PRESET                 the same over the architecture and resolution of the checkpoint that is trained (None)

Options:
  --config.FIELD=VALUE   overrides, e.g. --config.pp.crop=224 --config.model.transformer.dropout_rate=0.1
  --fields               without a name: every field as it is when no preset is named
  --flags                print the whole configuration as flags, one a line
  --json                 {"preset", "config", "recipes", "changed", "notes", "hash"}; without a name {"groups"}

Examples:
  vitrine config
  vitrine config augreg:Ti_16 --config.dataset=photos --config.batch=64
  vitrine config short500:b16,cifar100 --flags`,
  options: { flags: { type: 'boolean' }, fields: { type: 'boolean' } },
  passThrough: CONFIG_FLAG,
  async run(context) {
    const { positionals, options, flags } = context;
    const { config: named, overrides } = splitConfigFlags(flags);
    const names = [...positionals, ...(named === undefined ? [] : [named])];
    if (names.length > 1) {
      throw new AppError('usage', `config: one configuration at a time, and got ${names.join(' and ')}.`, {
        hint: `For example: ${PRESET_EXAMPLES.join(', ')}.`,
      });
    }
    const asksForNone = flags.length === 0 && options['flags'] !== true && options['fields'] !== true;
    if (names.length === 0 && asksForNone) return printPresets(context);
    if (isInferenceTime(names[0])) return printInferenceTime(context, names[0], overrides);
    const resolved = resolveConfig({ config: names[0], overrides });
    if (context.json) return context.emit({ ...resolved, hash: configHash(resolved.config) });
    if (options['flags'] === true) context.print(formatFlags(resolved.preset, resolved.config).join('\n'));
    else context.print(render(resolved));
    for (const note of resolved.notes) context.log(`Note: ${note}`);
  },
};

function printPresets(context: CommandContext): void {
  const groups = listPresets();
  if (context.json) context.emit({ groups });
  else context.print(renderPresets(groups));
}

function printInferenceTime(context: CommandContext, name: string, overrides: readonly string[]): void {
  const { preset, config, changed, notes } = resolveInferenceTime(name, overrides);
  const leaves = Object.entries(config) as [keyof typeof config, Leaf][];
  if (context.json) return context.emit({ preset, config, changed, notes });
  if (context.options['flags'] === true)
    context.print(
      [`--config=${preset}`, ...leaves.map(([path, value]) => `--config.${path}=${formatLeaf(value)}`)].join('\n'),
    );
  else {
    const rows = leaves.map(([path, value]) => ({ path, value, about: INFERENCE_TIME_FIELDS[path].about }));
    context.print([`# ${preset}, ${changed.length} changed`, ...table(rows, changed)].join('\n'));
  }
  for (const note of notes) context.log(`Note: ${note}`);
}

function render({ preset, config, recipes, changed }: ResolvedConfig): string {
  const base = preset === null ? null : preset.split(':').slice(recipes.length).join(':') || null;
  const setBy = new Map(recipes.flatMap(({ recipe, changed }) => changed.map(({ path }) => [path, recipe.id])));
  const rows = leavesOf(config).map(([path, value]) => ({
    path,
    value,
    about: FIELDS[path]!.about,
    from: setBy.get(path),
  }));
  const title = `# ${preset ?? 'no preset: the model is the checkpoint’s'}, ${changed.length} changed`;
  return [title, ...renderRecipes(recipes, base), ...table(rows, changed)].join('\n');
}

interface Row {
  path: string;
  value: Leaf;
  about: string;
  /** The preset that set it over vit_jax's configuration. */
  from?: string | undefined;
}

/** A line a field: value, the preset's where it differs, meaning. */
function table(rows: readonly Row[], changed: readonly Change[]): string[] {
  const texts = rows.map(({ path, value, from }) => {
    const was = changed.find((c) => c.path === path);
    const text = formatLeaf(value) || "''";
    if (was) return `${text}  (preset: ${formatLeaf(was.preset) || "''"})`;
    return from === undefined ? text : `${text}  (${from})`;
  });
  const pathWidth = Math.max(...rows.map(({ path }) => path.length));
  // Long values (file names, paths) push their own line's description only.
  const textWidth = Math.max(...texts.map((text) => text.length).filter((n) => n <= 34));
  return rows.map(({ path, about }, i) => `${path.padEnd(pathWidth)}  ${texts[i]!.padEnd(textWidth)}  # ${about}`);
}
