import { DATASETS } from '../../../src-shared/config/common-config.ts';
import { formatLeaf } from '../../../src-shared/config/flags.ts';
import type { PresetGroup } from '../../../src-shared/config/preset-list.ts';
import type { AppliedRecipe } from '../../../src-shared/config/recipes/registry.ts';
import { augregNameOf, VARIANTS } from '../../../src-shared/models/variants.ts';

const WIDTH = 100;

/** All presets with their reasons; vit_jax's many by their grammar. */
export function renderPresets(groups: readonly PresetGroup[]): string {
  const names = VARIANTS.map(augregNameOf).filter((name) => name !== null);
  const models = VARIANTS.map(({ configName }) => configName).filter((name) => !name.startsWith('testing'));
  const lines = [
    "vit_jax's configurations, by its own names or the paths of its files",
    '  augreg:MODEL            the recommended AugReg checkpoint of a model:',
    ...wrap(names.join(', '), 26),
    '  augreg:FILENAME         an AugReg file by its name',
    `  vit:MODEL,DATASET       the ViT paper's fine-tuning on ${Object.keys(DATASETS).join(', ')}:`,
    ...wrap(models.join(', '), 26),
    '  mixer_base16_cifar10    Mixer-B/16 on CIFAR-10',
    '  inference_time:MODEL    how fast a model predicts, for "vitrine bench models"',
  ];
  for (const group of groups.filter(({ presets }) => presets.some(({ combines }) => combines))) {
    lines.push('', group.title);
    for (const { id, title, reason, fields } of group.presets) {
      lines.push(`  ${id.padEnd(14)} ${title}`, ...wrap(reason, 17));
      lines.push(...wrap((fields ?? []).map(({ path, value }) => `${path}=${formatLeaf(value)}`).join('  '), 17));
    }
  }
  lines.push(
    '',
    'These go over a configuration: probe:Ti_16, short500:b16,cifar100, aug_medium1:wd_0.1:B_16. Alone (--config=probe)',
    'they take the architecture of the checkpoint that is trained. The first one named counts most.',
  );
  return lines.join('\n');
}

/** What a preset is made of: why, from where, and what its source measured with it. */
export function renderRecipes(recipes: readonly AppliedRecipe[], base: string | null): string[] {
  return recipes.toReversed().flatMap(({ recipe }) => {
    const published = base === null ? undefined : recipe.published?.[base];
    return [
      `# ${recipe.id}: ${recipe.title}. ${recipe.reason}`,
      `#   from ${recipe.source}`,
      ...(published === undefined ? [] : [`#   top-1 there with ${base}: ${(published * 100).toFixed(2)} %`]),
    ];
  });
}

/** Words in lines of at most WIDTH characters, indented. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines;
}
