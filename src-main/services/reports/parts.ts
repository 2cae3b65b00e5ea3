import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { DASH, displayName } from './format.ts';
import { html, type HtmlValue, type SafeHtml } from './html.ts';

/** What every section is drawn from. */
export interface ReportView {
  readonly report: EvaluationReport;
  /** By image index; absent where no picture could be made. */
  readonly thumbnails: ReadonlyMap<number, Picture>;
  /** Heat map of the confusion matrix, for more classes than a table can show. */
  readonly heatMap: HeatMap | null;
}

export interface Picture {
  /** A data: address. */
  readonly src: string;
  /** Enlarge by nearest neighbour: the image itself is this small. */
  readonly pixelated: boolean;
}

export interface HeatMap {
  readonly src: string;
  /** Classes a cell gathers along each side. */
  readonly perCell: number;
}

/** A figure that machines can read in full: the text is rounded, `value` is the number of report.json. */
export function figure(value: number, text: string): SafeHtml {
  return html`<data value="${value}">${text}</data>`;
}

/** An unknown figure: a dash whose reason is its tooltip and its name for screen readers. */
export function unknown(reason: string): SafeHtml {
  return html`<span class="na" title="${reason}" role="img" aria-label="${reason}">${DASH}</span>`;
}

/** A name from outside, isolated from the direction of the text around it; in full on hover. */
export function name(text: string, max?: number): SafeHtml {
  const shown = displayName(text, max);
  return shown === text ? html`<bdi>${text}</bdi>` : html`<bdi title="${displayName(text, 400)}">${shown}</bdi>`;
}

export interface SectionOptions {
  id: string;
  heading: string;
  caption?: HtmlValue;
}

export function section(options: SectionOptions, ...content: HtmlValue[]): SafeHtml {
  const { id, heading, caption } = options;
  return html`<section id="${id}" aria-labelledby="${id}-h">
    <header class="head">
      <h2 id="${id}-h">${heading}</h2>
      ${caption && html`<p class="caption">${caption}</p>`}
    </header>
    ${content}
  </section> `;
}

export function headRow(columns: readonly string[], numeric: readonly number[]): SafeHtml {
  return html`<thead>
    <tr>
      ${columns.map((column, i) => html`<th scope="col" ${numeric.includes(i) && html` class="n"`}>${column}</th>`)}
    </tr>
  </thead>`;
}

/** Rows of term and description; descriptions that are null are left out. */
export function facts(rows: readonly (readonly [string, HtmlValue])[]): SafeHtml {
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== null)
      .map(
        ([term, value]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;
}
