import type { CheckpointDescription } from '../../../src-shared/contract/worker.ts';
import type { DecodableItem } from '../../../src-shared/data/dataset.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { classMatcher } from '../../../src-shared/labels/match-classes.ts';
import type { PreparedDataset } from '../datasets/service.ts';

/** A model's classes, and the class of each image among them. */
export interface EvaluationClasses {
  /** In the order of the logits. */
  classNames: string[];
  labels: Int32Array;
}

type Model = Pick<CheckpointDescription, 'labels' | 'labelsAssumed' | 'synsets'> & {
  architecture: { numClasses: number | null };
};

interface Given {
  checkpoint: string;
  model: Model;
  data: PreparedDataset;
  /** The images to score. */
  items: readonly DecodableItem[];
}

/**
 * Finds the classes of a folder among those of a checkpoint: by name, by ImageNet's ids ("n01440764"), or by a name in
 * common. Where the checkpoint names none of its own and has as many, the folder's order is taken.
 * @throws AppError bad_dataset
 */
export function evaluationClasses({ checkpoint, model, data, items }: Given): EvaluationClasses {
  const { dataset, notes } = data;
  const numClasses = model.architecture.numClasses;
  const inOrder = (): EvaluationClasses => {
    notes.push("The checkpoint names no classes: its outputs are taken in the order of the folder's classes.");
    const classNames = dataset.classNames;
    return { classNames, labels: labelsOf(items, (label) => label) };
  };
  if (!model.labels) {
    if (numClasses === dataset.classNames.length) return inOrder();
    throw new AppError(
      'bad_dataset',
      `${checkpoint} has ${numClasses} outputs without names, and ${dataset.root} has ${dataset.classNames.length} classes.`,
      { hint: 'Fine-tune the checkpoint on these classes first: vitrine train --checkpoint …' },
    );
  }
  const names = model.labels;
  const match = classMatcher({ labels: names, synsets: model.synsets });
  const matches = dataset.classNames.map(match);
  if (model.labelsAssumed && numClasses === names.length && dataset.classNames.length === numClasses) {
    if (matches.some(({ found }) => found.length !== 1)) return inOrder();
  }
  const labels = labelsOf(items, (label, item) => {
    const { found } = matches[label]!;
    if (found.length === 1) return found[0]!;
    throw unmatched({ checkpoint, names, name: dataset.classNames[label]!, item, found });
  });
  const others = matches.flatMap(({ by, found }, i) =>
    by === 'name' || found.length !== 1 ? [] : [[i, found[0]!] as const],
  );
  if (others.length > 0) {
    const [folder, own] = others[0]!;
    notes.push(
      `${others.length} of ${matches.length} classes were found by ImageNet's id or another of their names: "${dataset.classNames[folder]}" is "${names[own]}".`,
    );
  }
  return { classNames: [...names], labels };
}

function labelsOf(items: readonly DecodableItem[], of: (label: number, item: DecodableItem) => number): Int32Array {
  return Int32Array.from(items, (item) => {
    if (item.label === null) {
      throw new AppError('bad_dataset', `${item.name} has no label, so it can't be scored.`, {
        hint: 'Use "vitrine predict" for images without labels.',
      });
    }
    return of(item.label, item);
  });
}

interface Unmatched {
  checkpoint: string;
  names: readonly string[];
  name: string;
  item: DecodableItem;
  found: readonly number[];
}

function unmatched({ checkpoint, names, name, item, found }: Unmatched): AppError {
  if (found.length > 1) {
    const candidates = found.slice(0, 5).map((i) => `"${names[i]}"`);
    return new AppError(
      'bad_dataset',
      `The class "${name}" (${item.name}) may be ${candidates.join(' or ')} of ${checkpoint}.`,
      { hint: "Name the folder as the checkpoint does, or by ImageNet's id." },
    );
  }
  const known = names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ');
  return new AppError(
    'bad_dataset',
    `The class "${name}" (${item.name}) isn't one that ${checkpoint} was trained on.`,
    {
      hint: `It knows: ${known}.`,
    },
  );
}
