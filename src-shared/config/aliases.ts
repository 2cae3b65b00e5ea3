import { AppError } from '../errors.ts';
import { flagParts } from './overrides.ts';

/**
 * Flags that are passed around as vit_jax's though it has none of that name, and the field that does the same. Other
 * wrong names are refused with the right one (OTHER_NAMES).
 */
const ALIASES: Readonly<Record<string, string>> = {
  batch_size: 'batch',
  log_every_steps: 'progress_every',
  weight_decay: 'vitrine.optim.weight_decay',
  dataset_dir: 'dataset',
};

/** What an alias leaves to be said or checked when the configuration is complete. */
export interface UsedAlias {
  readonly alias: string;
  readonly path: string;
}

/**
 * Overrides with aliases spelled as the fields they mean. The folder of a data set comes last, so that it holds whatever
 * name the data set was given.
 */
export function withoutAliases(overrides: readonly string[]): { overrides: string[]; used: UsedAlias[] } {
  const used: UsedAlias[] = [];
  const [first, last]: [string[], string[]] = [[], []];
  for (const flag of overrides) {
    const { path, text } = flagParts(flag);
    const target = Object.hasOwn(ALIASES, path) ? ALIASES[path] : undefined;
    if (target === undefined) {
      first.push(flag);
      continue;
    }
    used.push({ alias: path, path: target });
    (path === 'dataset_dir' ? last : first).push(`--config.${target}${text === undefined ? '' : `=${text}`}`);
  }
  return { overrides: [...first, ...last], used };
}

/** One note an alias. @throws AppError config where it means nothing: weight decay without AdamW */
export function notesOnAliases(used: readonly UsedAlias[], optimizer: string): string[] {
  return used.map(({ alias, path }) => {
    if (alias === 'weight_decay' && optimizer !== 'adamw') {
      throw new AppError(
        'config',
        "config.weight_decay means nothing here: vit_jax's fine-tuning has no weight decay.",
        {
          hint:
            'AdamW has: --config.vitrine.optim.name=adamw --config.vitrine.optim.weight_decay=VALUE, ' +
            'with a base_lr of 0.001 or less. Otherwise leave it out.',
          details: { field: 'weight_decay', is: path },
        },
      );
    }
    return `config.${alias} is not a field of vit_jax; it is taken as config.${path}.`;
  });
}
