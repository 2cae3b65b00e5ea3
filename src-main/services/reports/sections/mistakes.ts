import type { EvaluationReport, Mistake } from '../../../../src-shared/contract/report.ts';
import { displayName, percent, probability } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { figure, name, section, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.mistakes;
/** Labels to check that the page lists; the mistakes among them are tagged. report.json lists more. */
export const LISTED_SUSPECTS = 12;

/** The wrong predictions as pictures, the most confident first. */
export function mistakes(view: ReportView): SafeHtml {
  const { report } = view;
  const { total, listed } = report.mistakes;
  if (total === 0) {
    const bound = t.noneBound(percent(1 - report.top1.interval.low));
    return section(
      { id: 'mistakes', heading: t.heading },
      html`<p class="empty">${t.none(report.scored)} ${bound}</p>`,
    );
  }
  const suspects = new Set(report.suspectLabels.listed.slice(0, LISTED_SUSPECTS).map((s) => s.image));
  const noPictures = view.thumbnails.size === 0;
  return section(
    {
      id: 'mistakes',
      heading: t.heading,
      caption: `${t.caption(listed.length, total)} ${t.how}${noPictures ? ` ${t.noPictures}` : ''}`,
    },
    html`<div class="wall">${listed.map((mistake) => tile(view, mistake, suspects.has(mistake.image)))}</div>`,
  );
}

function tile(view: ReportView, mistake: Mistake, suspect: boolean): SafeHtml {
  const names = pairNames(view.report, mistake);
  return html`<figure class="tile-image">
    ${view.thumbnails.size > 0 && picture(view, mistake)}
    <figcaption>
      <span class="pair"
        ><b>${name(names.truth, 36)} → ${name(names.predicted, 36)}</b
        ><span>${figure(mistake.confidence, probability(mistake.confidence))}</span></span
      ><span class="file">${name(fileName(mistake.name), 40)}</span
      >${suspect && html`<a class="tag" href="#labels">${t.checkLabel}</a>`}
    </figcaption>
  </figure> `;
}

/** The image in its frame, or a frame that says there is no picture. */
export function picture(view: ReportView, mistake: Mistake): SafeHtml {
  const names = pairNames(view.report, mistake);
  const thumbnail = view.thumbnails.get(mistake.image);
  if (!thumbnail) return html`<span class="frame missing">${t.noPicture}</span>`;
  const label = `${displayName(names.truth, 60)} → ${displayName(names.predicted, 60)}`;
  return html`<span class="frame"
    ><img
      src="${thumbnail.src}"
      alt="${label}"
      title="${displayName(mistake.name, 200)}"
      ${thumbnail.pixelated && html` class="px"`}
  /></span>`;
}

function pairNames(report: EvaluationReport, mistake: Mistake): { truth: string; predicted: string } {
  return { truth: report.classes[mistake.truth]!.name, predicted: report.classes[mistake.predicted]!.name };
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path;
}
