import { CONFIG_FLAG, formatFlags, formatLeaf, splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { FIELDS } from '../../../../src-shared/config/fields.ts';
import { configHash } from '../../../../src-shared/config/identity.ts';
import { PRESET_EXAMPLES } from '../../../../src-shared/config/presets.ts';
import { resolveConfig } from '../../../../src-shared/config/resolve.ts';
import type { ResolvedConfig } from '../../../../src-shared/config/resolve.ts';
import { leavesOf } from '../../../../src-shared/config/run-config.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'config',
  summary: 'print a resolved training configuration',
  usage: 'config [NAME] [--config.FIELD=VALUE…] [--flags] [--json]',
  help: `
Prints the configuration that "vitrine train" would run with: every field with its value, what the preset has where
it differs, and what the field means. Names, types and defaults are vit_jax's; "seed" and "vitrine" are Vitrine's own.

NAME is what --config= takes:
  augreg:MODEL           the recommended AugReg checkpoint of a model, e.g. augreg:Ti_16
  augreg:FILENAME        an AugReg file by its name, without .npz
  vit:MODEL,DATASET      the ViT paper's fine-tuning, e.g. vit:b16,cifar10
  mixer_base16_cifar10   Mixer-B/16 on CIFAR-10
  or a path to vit_jax's file, e.g. vit_jax/configs/augreg.py:Ti_16
Without NAME, architecture and resolution are left to the checkpoint that is trained (None).

Options:
  --config.FIELD=VALUE   overrides, e.g. --config.pp.crop=224 --config.model.transformer.dropout_rate=0.1
  --flags                print the whole configuration as flags, one a line
  --json                 {"preset", "config", "changed", "notes", "hash"}

Examples:
  vitrine config augreg:Ti_16 --config.dataset=photos --config.batch=64
  vitrine config vit:b16,cifar10 --flags`,
  options: { flags: { type: 'boolean' } },
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
    const resolved = resolveConfig({ config: names[0], overrides });
    if (context.json) return context.emit({ ...resolved, hash: configHash(resolved.config) });
    if (options['flags'] === true) context.print(formatFlags(resolved.preset, resolved.config).join('\n'));
    else context.print(render(resolved));
    for (const note of resolved.notes) context.log(`Note: ${note}`);
  },
};

/** A line a field: value, the preset's where it differs, meaning. */
function render({ preset, config, changed }: ResolvedConfig): string {
  const leaves = leavesOf(config).map(([path, value]) => {
    const was = changed.find((c) => c.path === path);
    const text = formatLeaf(value) || "''";
    return { path, text: was ? `${text}  (preset: ${formatLeaf(was.preset) || "''"})` : text };
  });
  const pathWidth = Math.max(...leaves.map((l) => l.path.length));
  // Long values (file names, paths) push their own line's description only.
  const textWidth = Math.max(...leaves.map((l) => l.text.length).filter((n) => n <= 34));
  const lines = leaves.map(
    ({ path, text }) => `${path.padEnd(pathWidth)}  ${text.padEnd(textWidth)}  # ${FIELDS[path]!.about}`,
  );
  return [`# ${preset ?? 'no preset: the model is the checkpoint’s'}, ${changed.length} changed`, ...lines].join('\n');
}
