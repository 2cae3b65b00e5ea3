import type { EvaluationRecord, Predictions } from '../../../src-shared/contract/evaluation.ts';
import type { Scores } from '../../../src-shared/metrics/scores.ts';

/**
 * predictions.csv by RFC 4180: CRLF, a header, names always quoted and quotes doubled. One row an image in the order
 * scored. Probabilities and losses have all digits of float64. Names are verbatim, so that they can be looked up: a
 * spreadsheet may take one that starts with =, +, - or @ for a formula (the report says so).
 *
 * Columns: name, label, label_index, predicted, predicted_index, correct (0 or 1), confidence, label_probability, nll
 * (nats), rank (1 = right), then top1, top1_probability … to top5 or the number of classes.
 */
export function* predictionsCsv(record: EvaluationRecord, predictions: Predictions, scores: Scores): Generator<string> {
  const { classNames } = record.dataset;
  const top = Array.from({ length: scores.k }, (_, j) => [`top${j + 1}`, `top${j + 1}_probability`]).flat();
  yield `name,label,label_index,predicted,predicted_index,correct,confidence,label_probability,nll,rank,${top.join(',')}\r\n`;
  const className = (c: number): string => quote(classNames[c]!);
  for (let i = 0; i < scores.count; i++) {
    const label = scores.labels[i]!;
    const predicted = scores.predicted[i]!;
    const fields: (string | number)[] = [
      quote(predictions.names[i]!),
      className(label),
      label,
      className(predicted),
      predicted,
      label === predicted ? 1 : 0,
      scores.confidence[i]!,
      scores.labelProbability[i]!,
      scores.nll[i]!,
      scores.rank[i]! + 1,
    ];
    for (let j = i * scores.k; j < (i + 1) * scores.k; j++) {
      fields.push(className(scores.topClasses[j]!), scores.topProbabilities[j]!);
    }
    yield `${fields.join(',')}\r\n`;
  }
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
