import type { EvaluationReport } from '../../../../src-shared/contract/report.ts';
import { confidenceChart } from '../charts/confidence-chart.ts';
import { reliabilityChart } from '../charts/reliability-chart.ts';
import { count, fixed, percent } from '../format.ts';
import { html, type HtmlValue, type SafeHtml } from '../html.ts';
import { figure, headRow, section, unknown, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';
import type { Interval } from '../../../../src-shared/metrics/intervals.ts';

const t = STRINGS.calibration;

/** How far confidences can be believed, and what following them buys. */
export function calibration({ report }: ReportView): SafeHtml {
  const bins = report.calibration.equalWidthBins;
  return section(
    { id: 'calibration', heading: t.heading, caption: t.intro },
    html`<div class="split thirds">
        <div class="panel chart">
          <h3>${t.reliability}</h3>
          <p class="caption">${t.reliabilityNote}</p>
          ${reliabilityChart(bins)}
        </div>
        <div class="panel chart">
          <h3>${t.histogram}</h3>
          <p class="caption">${t.histogramNote}</p>
          ${confidenceChart(bins)}
        </div>
        <div class="panel">
          <h3>${t.figures}</h3>
          ${figures(report)}
          <p class="caption">${t.temperature}</p>
        </div>
      </div>
      ${thresholds(report)}${binTable(report)}`,
  );
}

function figures(report: EvaluationReport): SafeHtml {
  const c = report.calibration;
  const row = ([label, note]: readonly [string, string], value: SafeHtml): SafeHtml =>
    html`<tr>
      <th scope="row">${label}${note !== '' && html`<small>${note}</small>`}</th>
      <td class="n">${value}</td>
    </tr>`;
  const share = (value: number): SafeHtml => figure(value, percent(value));
  return html`<table class="rows plain">
    <tbody>
      ${[
        row(t.rows.ece, share(c.ece)),
        row(t.rows.adaptiveEce, share(c.adaptiveEce)),
        row(t.rows.mce, share(c.mce)),
        row(t.rows.brier, figure(c.brier, fixed(c.brier, 4))),
        row(t.rows.nll, figure(report.loss.value, fixed(report.loss.value, 4))),
        row(t.rows.meanConfidence, share(c.meanConfidence)),
        row(t.rows.accuracy, share(report.top1.value)),
      ]}
    </tbody>
  </table>`;
}

function thresholds(report: EvaluationReport): SafeHtml {
  return html`<div class="panel flush">
    <h3>${t.thresholds}</h3>
    <div class="scroll">
      <table class="rows">
        ${headRow(t.thresholdColumns, [0, 1, 2, 3, 4])}
        <tbody>
          ${report.thresholds.map(
            (row) =>
              html`<tr>
                <td class="n">${row.threshold === 0 ? t.everything : percent(row.threshold, 0)}</td>
                <td class="n">${count(row.kept)}</td>
                <td class="n">${figure(row.coverage, percent(row.coverage, 1))}</td>
                ${accuracyCells(row, t.noneKept)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </div>`;
}

function binTable(report: EvaluationReport): SafeHtml {
  return html`<details class="panel flush">
    <summary>${t.asTable}</summary>
    <div class="scroll">
      <table class="rows">
        ${headRow(t.binColumns, [0, 1, 2, 3, 4, 5])}
        <tbody>
          ${report.calibration.equalWidthBins.map(
            (bin) =>
              html`<tr>
                <td class="n">${percent(bin.low, 1)} – ${percent(bin.high, 1)}</td>
                <td class="n">${count(bin.count)}</td>
                <td class="n">${count(bin.correct)}</td>
                <td class="n">
                  ${bin.meanConfidence === null ? unknown(t.noImages) : figure(bin.meanConfidence, percent(bin.meanConfidence, 1))}
                </td>
                ${accuracyCells(bin, t.noImages)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function accuracyCells(row: { accuracy: number | null; interval: Interval | null }, reason: string): HtmlValue {
  const { accuracy, interval } = row;
  if (accuracy === null || interval === null)
    return html`<td class="n">${unknown(reason)}</td>
      <td class="n">${unknown(reason)}</td>`;
  return html`<td class="n">${figure(accuracy, percent(accuracy, 1))}</td>
    <td class="n mute">${percent(interval.low, 1)} – ${percent(interval.high, 1)}</td>`;
}
