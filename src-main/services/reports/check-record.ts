import { AppError } from '../../../src-shared/errors.ts';
import type { EvaluationRecord, Predictions } from '../../../src-shared/contract/evaluation.ts';

/**
 * Refuses an evaluation whose report would not be true: nothing scored, an image scored twice, more scored than there
 * are files, labels or logits that don't fit the classes, logits that are not numbers.
 */
export function checkRecord(record: EvaluationRecord, predictions: Predictions): void {
  const { names, labels, logits } = predictions;
  const { files, bad, classNames, split } = record.dataset;
  if (names.length === 0) {
    throw new AppError('bad_dataset', `No image of split "${split}" was scored, so there is nothing to report.`, {
      hint: `The split has ${files} files, ${bad.length} of them unreadable.`,
      details: { files, skipped: bad.length },
    });
  }
  if (labels.length !== names.length || logits.length !== names.length * classNames.length) {
    throw new AppError(
      'internal',
      `The evaluation has ${names.length} names, ${labels.length} labels and ${logits.length} logits for ` +
        `${classNames.length} classes; they must agree.`,
    );
  }
  if (names.length + bad.length > files) {
    throw new AppError(
      'internal',
      `${names.length} images scored and ${bad.length} skipped are more than the ${files} files of the split.`,
    );
  }
  checkNames(names, bad);
  checkValues(record, predictions);
}

function checkNames(names: readonly string[], bad: EvaluationRecord['dataset']['bad']): void {
  const seen = new Set<string>();
  for (const name of [...names, ...bad.map((b) => b.name)]) {
    if (seen.has(name)) {
      throw new AppError('internal', `"${name}" is in the evaluation twice; every image counts exactly once.`);
    }
    seen.add(name);
  }
}

function checkValues(record: EvaluationRecord, { names, labels, logits }: Predictions): void {
  const numClasses = record.dataset.classNames.length;
  for (const [i, label] of labels.entries()) {
    if (label >= 0 && label < numClasses) continue;
    throw new AppError('bad_dataset', `"${names[i]}" has label ${label}, outside the ${numClasses} classes.`, {
      hint: 'An image without a label can be predicted but not scored.',
    });
  }
  const at = logits.findIndex((z) => !Number.isFinite(z));
  if (at >= 0) {
    const name = names[Math.floor(at / numClasses)]!;
    throw new AppError(
      'bad_checkpoint',
      `The model's logit of class ${at % numClasses} for "${name}" is ${logits[at]}.`,
      {
        hint: `The weights of ${record.checkpoint.name} may be damaged or its training diverged: "vitrine inspect" shows them.`,
        details: { image: name },
      },
    );
  }
}
