import { AppError } from '../errors.ts';
import { FIELDS } from './fields.ts';
import { noteOnFile } from './location.ts';
import { parseOverride } from './overrides.ts';
import { presetNamed } from './presets.ts';
import { isMixerConfig, leavesOf, withLeaf } from './run-config.ts';
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
  const given = new Set<string>();
  for (const flag of options.overrides) {
    const { path, value } = parseOverride(flag, known);
    config = withLeaf(config, path, value);
    given.add(path);
  }
  const changed = new Set(changesFrom(preset.config, config).map(({ path }) => path));
  for (const path of changed) {
    const { unused } = FIELDS[path]!;
    if (unused) notes.push(`config.${path} has no effect: ${unused}.`);
  }
  notes.push(...notesOnOptimizer(config, { changed, given }));
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
  if (config.dataset !== '' && !given.has('dataset')) {
    notes.push(
      `config.dataset="${config.dataset}" is tfds's name; Vitrine reads a folder: set --config.dataset=FOLDER.`,
    );
  }
  return { preset: preset.name, config, changed: changesFrom(preset.config, config), notes };
}

function changesFrom(preset: RunConfig, config: RunConfig): Change[] {
  const before = new Map(leavesOf(preset));
  return leavesOf(config)
    .map(([path, value]) => ({ path, value, preset: before.get(path) ?? null }))
    .filter(({ value, preset }) => JSON.stringify(value) !== JSON.stringify(preset));
}

/** Which of the optimizer's fields were changed for another one, and a learning rate that was meant for SGD. */
function notesOnOptimizer(
  { vitrine, base_lr }: RunConfig,
  { changed, given }: { changed: ReadonlySet<string>; given: ReadonlySet<string> },
): string[] {
  const { name } = vitrine.optim;
  const own = (path: string): string => `vitrine.optim.${path}`;
  const idle = {
    sgd: ['b1', 'b2', 'eps', 'weight_decay', 'decay'],
    adam: ['weight_decay', 'decay'],
    adamw: [],
  }[name];
  const notes = idle
    .filter((field) => changed.has(own(field)))
    .map((field) => `config.${own(field)} has no effect: config.${own('name')} is ${name}.`);
  if (name !== 'sgd' && !given.has('base_lr')) {
    notes.push(`config.base_lr=${base_lr} is the preset's, made for SGD; ${name} usually takes 0.001 or less.`);
  }
  return notes;
}

/** What no field can tell alone. */
function checkTogether(config: RunConfig): void {
  const { batch, accum_steps, warmup_steps, total_steps, model } = config;
  if (accum_steps > 1 && batch % accum_steps !== 0) {
    throw new AppError('config', `config.batch=${batch} is not divisible by config.accum_steps=${accum_steps}.`, {
      hint: `Take a batch that is a multiple of ${accum_steps}, or --config.accum_steps=${largestDivisor(batch, accum_steps)}.`,
      details: { field: 'accum_steps', batch, accum_steps },
    });
  }
  if (warmup_steps >= total_steps) {
    throw new AppError(
      'config',
      `config.warmup_steps=${warmup_steps} is not below config.total_steps=${total_steps}.`,
      {
        hint: 'The warmup must end before the run does.',
        details: { field: 'warmup_steps', warmup_steps, total_steps },
      },
    );
  }
  if (isMixerConfig(model) !== (config.model_type === 'Mixer')) {
    const own = isMixerConfig(model) ? 'Mixer' : 'ViT';
    throw new AppError('config', `config.model_type=${config.model_type}, but the model is a ${own}.`, {
      details: { field: 'model_type' },
    });
  }
  if (isMixerConfig(model)) return;
  const { hidden_size, transformer } = model;
  if (hidden_size !== null && transformer.num_heads !== null && hidden_size % transformer.num_heads !== 0) {
    throw new AppError(
      'config',
      `config.model.hidden_size=${hidden_size} is not divisible by config.model.transformer.num_heads=${transformer.num_heads}.`,
      { details: { field: 'model.transformer.num_heads' } },
    );
  }
}

function largestDivisor(n: number, atMost: number): number {
  let divisor = Math.min(n, atMost);
  while (n % divisor !== 0) divisor--;
  return divisor;
}
