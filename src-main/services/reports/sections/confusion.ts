import type { ConfusedPair, EvaluationReport } from '../../../../src-shared/contract/report.ts';
import { count, displayName, percent, probability } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { figure, headRow, name, section, type HeatMap, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';
import { SHADES } from '../theme.ts';

const t = STRINGS.confusion;
/** Classes whose counts still fit a table; more are drawn as a heat map. */
export const TABLE_CLASSES = 40;

export function confusion({ report, heatMap }: ReportView): SafeHtml {
  const n = report.classes.length;
  const caption = heatMap === null ? t.caption : heatMap.perCell === 1 ? t.heat(n) : t.heatBlocks(n, heatMap.perCell);
  return section(
    {
      id: 'confusion',
      heading: t.heading,
      caption: html`${caption} <span class="key"><i class="c6"></i>${t.right}</span>
        <span class="key"><i class="w6"></i>${t.wrong}</span>`,
    },
    heatMap === null
      ? html`<div class="beside">${matrixTable(report)}${pairs(report)}</div>`
      : html`<div class="split heat">${heatFigure(heatMap, n)}${pairs(report)}</div>`,
  );
}

/** Counts of every cell; the corner says which way to read. */
function matrixTable(report: EvaluationReport): SafeHtml {
  const { classes } = report;
  const cells = new Map(report.confusion.cells.map(([truth, predicted, n]) => [truth * classes.length + predicted, n]));
  const upright = classes.length <= TABLE_CLASSES / 2 && classes.every((c) => c.name.length <= 3);
  const size = classes.length <= 12 ? 'roomy' : classes.length <= 22 ? 'medium' : 'dense';
  return html`<div class="panel flush scroll" tabindex="0" role="region" aria-label="${t.heading}">
    <table class="matrix ${size}${!upright && ' tilted'}">
      <thead>
        <tr>
          <th class="corner"><span>${t.truth} ↓</span><span>${t.predicted} →</span></th>
          ${classes.map((c) => html`<th scope="col"><span>${name(c.name, 24)}</span></th>`)}
          <th scope="col" class="total"><span>${t.all}</span></th>
        </tr>
      </thead>
      <tbody>
        ${classes.map(
          (row) =>
            html`<tr>
              <th scope="row">${name(row.name, 24)}</th>
              ${classes.map((column) => {
                const n = cells.get(row.index * classes.length + column.index) ?? 0;
                if (n === 0) return html`<td></td>`;
                const share = n / row.support;
                const step = Math.max(1, Math.round(Math.sqrt(share) * SHADES));
                const kind = row.index === column.index ? 'c' : 'w';
                return html`<td
                  class="${kind}${step}"
                  title="${displayName(row.name, 40)} → ${displayName(column.name, 40)}: ${STRINGS.images(n)}, ${percent(share, 1)}"
                >
                  ${n}
                </td>`;
              })}
              <td class="total">${count(row.support)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function heatFigure({ src }: HeatMap, n: number): SafeHtml {
  const marks = [0, 0.25, 0.5, 0.75].map((q) => Math.round(q * n));
  return html`<figure class="heat-map">
    <div class="y"><span>${t.truth} ↓</span>${marks.slice(1).map((m) => html`<span>${count(m)}</span>`)}</div>
    <div>
      <div class="x"><span>${t.predicted} →</span>${marks.slice(1).map((m) => html`<span>${count(m)}</span>`)}</div>
      <img class="px" src="${src}" alt="${t.heatLabel}" />
    </div>
  </figure>`;
}

function pairs(report: EvaluationReport): SafeHtml {
  const { pairs: listed, pairsTotal } = report.confusion;
  if (pairsTotal === 0) return html`<p class="empty">${t.noPairs}</p>`;
  return html`<div class="panel flush pairs">
    <h3>${t.pairs(listed.length, pairsTotal)}</h3>
    <div class="scroll${listed.length > 12 && ' tall'}">
      <table class="rows">
        ${headRow(t.pairColumns, [2, 3, 4, 5])}
        <tbody>
          ${listed.map((pair) => pairRow(pair, report))}
        </tbody>
      </table>
    </div>
  </div>`;
}

function pairRow(pair: ConfusedPair, { classes }: EvaluationReport): SafeHtml {
  return html`<tr>
    <td>${name(classes[pair.truth]!.name, 32)}</td>
    <td>${name(classes[pair.predicted]!.name, 32)}</td>
    <td class="n">${count(pair.count)}</td>
    <td class="n">${figure(pair.share, percent(pair.share, 1))}</td>
    <td class="n">${figure(pair.confidence, probability(pair.confidence))}</td>
    <td class="n">${count(pair.reverse)}</td>
  </tr> `;
}
