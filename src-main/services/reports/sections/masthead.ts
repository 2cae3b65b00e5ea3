import { parameters } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { name, type ReportView } from '../parts.ts';
import { STRINGS as t } from '../strings.ts';

/** Title, what was measured, and whether all of it was. */
export function masthead({ report }: ReportView): SafeHtml {
  const { checkpoint, dataset, preprocessing } = report;
  const scored = t.scoredOf(report.scored, report.files);
  const state = report.complete
    ? html`<p class="state good">${TICK}<b>${t.complete}</b> ${scored}</p>`
    : html`<p class="state warn">${TRIANGLE}<b>${t.incomplete}</b> ${scored}</p>`;
  return html`<header class="masthead">
      <div>
        <p class="kicker">${t.kicker}</p>
        <h1>
          ${name(checkpoint.name)} <span class="on">on</span> ${name(dataset.name)}
          <span class="on">/</span> ${name(dataset.split, 40)}
        </h1>
        <p class="subtitle">
          <span>${name(checkpoint.architecture)}</span
          ><span>${t.inputSize(preprocessing.height, preprocessing.width)}</span
          ><span>${t.params(parameters(checkpoint.params))}</span><span>${t.classes(report.classes.length)}</span
          ><span>${t.provenance.engineNames[report.engine.kind]} ${report.engine.version}</span>
        </p>
      </div>
      ${state}
    </header>
    ${
      !report.complete &&
      html`<p class="notice">
        ${TRIANGLE}<span
          ><b>${t.incomplete}.</b> ${t.incompleteNote(report.skipped, report.unscored, report.top1OverAllFiles)}</span
        >
      </p>`
    } `;
}

const TICK = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
  <path
    d="M3 8.5l3.2 3.2L13 4.8"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
  />
</svg>`;
const TRIANGLE = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
  <path d="M8 2.2 14.6 13.6H1.4Z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" />
  <path d="M8 6.2v3.6M8 11.6v.2" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />
</svg>`;
