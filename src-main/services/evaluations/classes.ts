import type { DecodableItem } from '../../../src-shared/data/dataset.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import type { PreparedDataset } from '../datasets/service.ts';

/** Names of the logits: the checkpoint's, or the folder's where the checkpoint has none but as many outputs. */
export function classesOf(
  checkpoint: string,
  { labels, architecture }: { labels: readonly string[] | null; architecture: Pick<Architecture, 'numClasses'> },
  { dataset, notes }: PreparedDataset,
): string[] {
  const { numClasses } = architecture;
  if (labels) return [...labels];
  if (numClasses === dataset.classNames.length) {
    notes.push("The checkpoint names no classes: its outputs are taken in the order of the folder's classes.");
    return dataset.classNames;
  }
  throw new AppError(
    'bad_dataset',
    `${checkpoint} has ${numClasses} outputs without names, and ${dataset.root} has ${dataset.classNames.length} classes.`,
    {
      hint: 'Fine-tune the checkpoint on these classes first: vitrine train --checkpoint …',
    },
  );
}

/** The folder's labels as indices of the checkpoint's classes. */
export function labelsIn(
  items: readonly DecodableItem[],
  { from, to, checkpoint }: { from: readonly string[]; to: readonly string[]; checkpoint: string },
): Int32Array {
  const index = new Map(to.map((name, i) => [name, i]));
  return Int32Array.from(items, (item) => {
    if (item.label === null)
      throw new AppError('bad_dataset', `${item.name} has no label, so it can't be scored.`, {
        hint: 'Use "vitrine predict" for images without labels.',
      });
    const name = from[item.label]!;
    const label = index.get(name);
    if (label !== undefined) return label;
    const known = to.length > 10 ? `${to.slice(0, 10).join(', ')} and ${to.length - 10} more` : to.join(', ');
    throw new AppError(
      'bad_dataset',
      `The class "${name}" (${item.name}) isn't one that ${checkpoint} was trained on.`,
      { hint: `It knows: ${known}.` },
    );
  });
}
