import { count, displayName } from './format.ts';
import { html, trusted, type SafeHtml } from './html.ts';
import type { ReportView } from './parts.ts';
import { calibration } from './sections/calibration.ts';
import { classes } from './sections/classes.ts';
import { confusion } from './sections/confusion.ts';
import { dataAndProtocol } from './sections/data-and-protocol.ts';
import { headline } from './sections/headline.ts';
import { masthead } from './sections/masthead.ts';
import { mistakes } from './sections/mistakes.ts';
import { provenance } from './sections/provenance.ts';
import { suspectLabels } from './sections/suspect-labels.ts';
import { STRINGS as t } from './strings.ts';
import { STYLE } from './style.ts';

/** Nothing may be fetched or run: styles stand in the page, images are data: addresses. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole report as one file. */
export function reportPage(view: ReportView): string {
  const { report } = view;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${displayName(report.title, 160)}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <div class="page">
          ${contents(view)}
          <main>
            ${masthead(view)} ${headline(view)} ${mistakes(view)} ${suspectLabels(view)} ${classes(view)}
            ${confusion(view)} ${calibration(view)} ${dataAndProtocol(view)} ${provenance(view)}
            <footer>
              <p>
                ${t.footer(report.versions.vitrine ?? '')} ${t.footerFiles} <a href="report.json">report.json</a>,
                <a href="predictions.csv">predictions.csv</a>.
              </p>
              <p>${t.footerCsv}</p>
            </footer>
          </main>
        </div>
      </body>
    </html> `;
  return page.markup;
}

function contents({ report }: ReportView): SafeHtml {
  const entry = (id: string, label: string, n?: number): SafeHtml =>
    html`<a href="#${id}">${label}${n !== undefined && html`<span>${count(n)}</span>`}</a>`;
  return html`<nav aria-label="${t.contents}">
    <p>${t.contents}</p>
    ${[
      entry('headline', t.headline.top1),
      entry('mistakes', t.mistakes.heading, report.mistakes.total),
      entry('labels', t.suspects.heading, report.suspectLabels.total),
      entry('classes', t.perClass.heading, report.classes.length),
      entry('confusion', t.confusion.heading),
      entry('calibration', t.calibration.heading),
      entry('data', t.dataset.heading),
      entry('provenance', t.provenance.heading),
    ]}
  </nav>`;
}
