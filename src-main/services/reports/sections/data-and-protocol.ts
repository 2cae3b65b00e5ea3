import type { EvaluationReport } from '../../../../src-shared/contract/report.ts';
import { count } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { facts, headRow, name, section, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.dataset;
const p = STRINGS.protocol;
/** Unreadable files listed on the page; report.json has them all. */
const MAX_SKIPPED = 200;

/** What was scored, what was not, and by which rules. */
export function dataAndProtocol({ report }: ReportView): SafeHtml {
  const { preprocessing: pre } = report;
  return section(
    { id: 'data', heading: t.heading },
    html`<div class="split">
        <div class="panel">${dataFacts(report)}</div>
        <div class="panel prose">
          <h3>${p.heading}</h3>
          <p>
            ${p.images(report.scored)} ${p.input(STRINGS.inputSize(pre.height, pre.width), pre)}
            ${p.exif(pre.exif, pre.exifRotated)}
          </p>
          <dl class="definitions">
            ${p.definitions.map(
              ([term, text]) =>
                html`<div>
                  <dt>${term}</dt>
                  <dd>${text}</dd>
                </div>`,
            )}
          </dl>
        </div>
      </div>
      ${
        report.notes.length > 0 &&
        html`<div class="panel prose">
          <h3>${t.notes}</h3>
          <ul>
            ${report.notes.map((note) => html`<li>${name(note, 400)}</li>`)}
          </ul>
        </div>`
      }
      ${skipped(report)}`,
  );
}

function dataFacts(report: EvaluationReport): SafeHtml {
  const { dataset } = report;
  const supports = report.classes.map((c) => c.support).filter((n) => n > 0);
  const low = supports.reduce((a, b) => Math.min(a, b));
  const high = supports.reduce((a, b) => Math.max(a, b));
  const missing = report.classes.length - supports.length;
  return facts([
    [t.rows.name, name(dataset.name)],
    [t.rows.split, html`<span class="mono">${name(dataset.split)}</span>`],
    [t.rows.root, html`<span class="mono">${name(dataset.root, 160)}</span>`],
    [t.rows.layout, name(dataset.layout)],
    [t.rows.files, count(report.files)],
    [t.rows.scored, html`<b>${count(report.scored)}</b>`],
    [t.rows.skipped, count(report.skipped)],
    [t.rows.unscored, count(report.unscored)],
    [t.rows.classes, count(report.classes.length)],
    [t.rows.support, t.supportRange(low, high)],
    [t.rows.missing, missing === 0 ? null : count(missing)],
    [
      t.rows.manifest,
      html`<span class="mono hash">${dataset.manifestHash}</span
        ><small>${dataset.contentsHashed ? t.contents : t.noContents}</small>`,
    ],
  ]);
}

function skipped(report: EvaluationReport): SafeHtml | false {
  const { skippedFiles } = report;
  if (skippedFiles.length === 0) return false;
  const listed = skippedFiles.slice(0, MAX_SKIPPED);
  return html`<div class="panel flush">
    <h3>${t.skipped(skippedFiles.length)}</h3>
    <div class="scroll${listed.length > 12 && ' tall'}">
      <table class="rows">
        ${headRow(t.skippedColumns, [])}
        <tbody>
          ${listed.map(
            (file) =>
              html`<tr>
                <td class="mono">${name(file.name, 96)}</td>
                <td>${name(file.reason, 160)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${skippedFiles.length > listed.length && html`<p class="caption">${t.more(skippedFiles.length - listed.length)}</p>`}
  </div>`;
}
