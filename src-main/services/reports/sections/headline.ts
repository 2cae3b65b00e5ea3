import { fixed, percent } from '../format.ts';
import { html, type HtmlValue, type SafeHtml } from '../html.ts';
import { figure, unknown, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';
import { accuracyRuler } from '../charts/accuracy-ruler.ts';
import { glance } from './glance.ts';

const t = STRINGS.headline;

/** The one number, how sure it is, and the five that qualify it. */
export function headline(view: ReportView): SafeHtml {
  const { report } = view;
  const { top1, top5, loss, macroF1, calibration, macro } = report;
  const range = (low: number, high: number): string => t.range(percent(low), percent(high));
  return html`<section id="headline" class="panel hero" aria-label="${t.top1}">
    <div class="top">
      <div class="lead">
        <h2>${t.top1}</h2>
        <p class="figure">${figure(top1.value, percent(top1.value))}</p>
        <p class="caption">
          ${t.hits(top1.hits, top1.n)}<br />${t.interval(percent(top1.interval.low), percent(top1.interval.high))}
        </p>
      </div>
      ${accuracyRuler(report)}
    </div>
    <div class="figures">
      ${[
        top5
          ? tile(t.top5, figure(top5.value, percent(top5.value)), range(top5.interval.low, top5.interval.high))
          : tile(t.top5, unknown(t.top5Unknown(report.classes.length)), t.top5Unknown(report.classes.length)),
        tile(
          t.loss,
          html`${figure(loss.value, fixed(loss.value, 4))} <small>${t.lossUnit}</small>`,
          html`${t.range(fixed(loss.interval.low), fixed(loss.interval.high))}<br />${t.lossNote(fixed(report.baselines.uniformLoss))}`,
        ),
        tile(t.ece, figure(calibration.ece, percent(calibration.ece)), t.eceNote),
        tile(
          t.macroF1,
          figure(macroF1.value, percent(macroF1.value)),
          html`${range(macroF1.interval.low, macroF1.interval.high)}<br />${t.macroF1Note(macro.f1.classes, report.classes.length)}`,
        ),
        tile(t.balanced, figure(report.balancedAccuracy, percent(report.balancedAccuracy)), t.balancedNote),
      ]}
    </div>
    ${glance(view)}
  </section> `;
}

function tile(label: string, value: HtmlValue, note: HtmlValue): SafeHtml {
  return html`<div class="tile">
    <h3>${label}</h3>
    <p class="value">${value}</p>
    <p class="caption">${note}</p>
  </div>`;
}
