import type { SuspectLabel } from '../../../../src-shared/contract/report.ts';
import { probability } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { figure, headRow, name, section, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';
import { LISTED_SUSPECTS, picture } from './mistakes.ts';

const t = STRINGS.suspects;

/** Images whose label, rather than whose prediction, may be wrong. */
export function suspectLabels(view: ReportView): SafeHtml {
  const { total } = view.report.suspectLabels;
  const listed = view.report.suspectLabels.listed.slice(0, LISTED_SUSPECTS);
  if (total === 0) return section({ id: 'labels', heading: t.heading }, html`<p class="empty">${t.none}</p>`);
  const pictures = view.thumbnails.size > 0;
  return section(
    { id: 'labels', heading: t.heading, caption: `${t.caption(listed.length, total)} ${t.how}` },
    html`<div class="panel flush scroll">
      <table class="rows suspects${pictures && ' pictures'}">
        ${headRow(pictures ? t.columns : t.columns.slice(1), pictures ? [3, 5, 6] : [2, 4, 5])}
        <tbody>
          ${listed.map((suspect) => row(view, suspect))}
        </tbody>
      </table>
    </div>`,
  );
}

function row(view: ReportView, suspect: SuspectLabel): SafeHtml {
  const { classes } = view.report;
  return html`<tr>
    ${view.thumbnails.size > 0 && html`<td>${picture(view, suspect)}</td>`}
    <td class="mono">${name(suspect.name, 64)}</td>
    <td>${name(classes[suspect.truth]!.name, 40)}</td>
    <td class="n">${figure(suspect.labelProbability, probability(suspect.labelProbability))}</td>
    <td><b>${name(classes[suspect.predicted]!.name, 40)}</b></td>
    <td class="n">${figure(suspect.confidence, probability(suspect.confidence))}</td>
    <td class="n">${figure(suspect.threshold, probability(suspect.threshold))}</td>
  </tr> `;
}
