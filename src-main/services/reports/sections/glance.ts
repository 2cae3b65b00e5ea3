import type { EvaluationReport, ReportClass } from '../../../../src-shared/contract/report.ts';
import { percent } from '../format.ts';
import { html, type HtmlValue, type SafeHtml } from '../html.ts';
import { name, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.glance;

/** The few facts a reader would look for first, each leading to its section. */
export function glance({ report }: ReportView): SafeHtml {
  const weakest = weakestClass(report);
  const [pair] = report.confusion.pairs;
  const row = (href: string, label: string, value: HtmlValue): SafeHtml =>
    html`<li><a href="#${href}">${label}</a><span>${value}</span></li>`;
  return html`<ul class="glance" aria-label="${t.heading}">
    ${[
      weakest &&
        row(
          'classes',
          t.weakest,
          html`<b>${name(weakest.name, 32)}</b>
            ${t.weakestValue(percent(weakest.recall!, 1), weakest.correct, weakest.support)}`,
        ),
      pair &&
        row(
          'confusion',
          t.confusion,
          html`<b>${name(report.classes[pair.truth]!.name, 24)} → ${name(report.classes[pair.predicted]!.name, 24)}</b>
            ${t.confusionValue(pair.count, percent(pair.share, 1))}`,
        ),
      row('calibration', t.confidence, confidence(report)),
      row('labels', t.labels, t.labelsValue(report.suspectLabels.total)),
    ]}
  </ul>`;
}

/** Lowest recall; of equal ones the class with more images. Undefined when every class is perfect. */
function weakestClass(report: EvaluationReport): ReportClass | undefined {
  const known = report.classes.filter((c) => c.recall !== null && c.recall < 1);
  return known.sort((a, b) => a.recall! - b.recall! || b.support - a.support || a.index - b.index)[0];
}

function confidence(report: EvaluationReport): string {
  const { meanConfidence } = report.calibration;
  const { low, high } = report.top1.interval;
  const gap = meanConfidence - report.top1.value;
  if (meanConfidence >= low && meanConfidence <= high) return t.agrees;
  return gap > 0 ? t.over(gap) : t.under(gap);
}
