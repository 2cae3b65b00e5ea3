import type { EvaluationReport, ReportClass } from '../../../../src-shared/contract/report.ts';
import type { Average } from '../../../../src-shared/metrics/per-class.ts';
import { count, percent } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { figure, name, section, unknown, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.perClass;
/** Up to this many classes keep their own order; more are sorted so that the weak ones are met first. */
const OWN_ORDER = 20;
/** Rows a table may have before it scrolls inside its panel. */
const SCROLLS = 40;
/** Rows that are printed. style.ts hides the others on paper. */
export const PRINTED_ROWS = 60;

/** Every class: how many images, recall with its interval drawn, precision, F1, and what it is taken for. */
export function classes({ report }: ReportView): SafeHtml {
  const ordered = order(report.classes);
  const taken = mostTakenFor(report);
  const n = ordered.length;
  const c = t.columns;
  return section(
    {
      id: 'classes',
      heading: t.heading,
      caption: `${n <= OWN_ORDER ? t.captionOrder(n) : t.captionWeakest(n)} ${t.interval}`,
    },
    html`<div class="panel flush scroll${n > SCROLLS && ' tall'}" tabindex="0" role="region" aria-label="${t.heading}">
        <table class="rows classes">
          <thead>
            <tr>
              <th scope="col">${c.name}</th>
              <th scope="col" class="n">${c.support}</th>
              <th scope="col" class="n">${c.recall}</th>
              <th scope="col" class="dots" aria-label="${t.axis}"><span>0</span><span>50</span><span>100 %</span></th>
              <th scope="col" class="n">${c.precision}</th>
              <th scope="col" class="n">${c.f1}</th>
              <th scope="col" class="n">${c.predicted}</th>
              <th scope="col">${c.taken}</th>
            </tr>
          </thead>
          <tbody>
            ${ordered.map((item) => row(item, taken.get(item.index), report))}
          </tbody>
          <tfoot>
            ${average(t.macro, report.macro)}${average(t.weighted, report.weighted)}
          </tfoot>
        </table>
      </div>
      ${n > PRINTED_ROWS && html`<p class="caption print-only">${t.printed(PRINTED_ROWS, n)}</p>`}`,
  );
}

function row(item: ReportClass, taken: Taken | undefined, report: EvaluationReport): SafeHtml {
  const reason = item.reason === null ? '' : t[item.reason];
  const share = (value: number | null): SafeHtml =>
    value === null ? unknown(reason) : figure(value, percent(value, 1));
  return html`<tr>
    <th scope="row">${name(item.name, 44)}</th>
    <td class="n">${count(item.support)}</td>
    <td class="n">${share(item.recall)}</td>
    <td class="dots">${dot(item)}</td>
    <td class="n">${share(item.precision)}</td>
    <td class="n">${share(item.f1)}</td>
    <td class="n">${count(item.predicted)}</td>
    <td>
      ${taken && html`${name(report.classes[taken.predicted]!.name, 32)}<span class="mute">&nbsp;×&nbsp;${count(taken.count)}</span>`}
    </td>
  </tr> `;
}

function dot(item: ReportClass): SafeHtml | false {
  if (item.recall === null || item.recallInterval === null) return false;
  const x = (share: number): string => `${Math.round(share * 1000) / 10}%`;
  const { low, high } = item.recallInterval;
  const label = t.dotLabel(percent(item.recall, 1), percent(low, 1), percent(high, 1));
  return html`<svg width="100%" height="14">
    <title>${label}</title>
    <line x1="${x(low)}" x2="${x(high)}" y1="7" y2="7" />
    <circle cx="${x(item.recall)}" cy="7" r="3.5" />
  </svg>`;
}

function average(label: string, averages: EvaluationReport['macro']): SafeHtml {
  const cell = ({ value }: Average): SafeHtml =>
    value === null ? unknown(t.no_images) : figure(value, percent(value, 1));
  return html`<tr>
    <th scope="row">${label}</th>
    <td></td>
    <td class="n">${cell(averages.recall)}</td>
    <td></td>
    <td class="n">${cell(averages.precision)}</td>
    <td class="n">${cell(averages.f1)}</td>
    <td></td>
    <td></td>
  </tr>`;
}

function order(items: readonly ReportClass[]): readonly ReportClass[] {
  if (items.length <= OWN_ORDER) return items;
  // Classes without images come last: their recall is unknown, not low.
  return [...items].sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || b.support - a.support || a.index - b.index);
}

interface Taken {
  predicted: number;
  count: number;
}

/** For each class with mistakes, the class most of them went to; the lower index among equals. */
function mostTakenFor(report: EvaluationReport): Map<number, Taken> {
  const taken = new Map<number, Taken>();
  for (const [truth, predicted, n] of report.confusion.cells) {
    if (truth !== predicted && n > (taken.get(truth)?.count ?? 0)) taken.set(truth, { predicted, count: n });
  }
  return taken;
}
