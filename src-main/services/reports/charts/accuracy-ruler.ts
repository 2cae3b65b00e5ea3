import type { EvaluationReport } from '../../../../src-shared/contract/report.ts';
import { percent } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.headline;

/**
 * Top-1 on a full scale, its interval as a band, and what always answering the largest class would score.
 * Coordinates are percentages and text keeps its size at any width.
 */
export function accuracyRuler(report: EvaluationReport): SafeHtml {
  const { value, interval } = report.top1;
  const base = report.baselines.largestClass.accuracy;
  const x = (share: number): string => `${round(share * 100)}%`;
  const ticks = Array.from({ length: 11 }, (_, i) => i * 10);
  const anchor = base > 0.75 ? 'end' : base < 0.2 ? 'start' : 'middle';
  return html`<svg class="ruler" width="100%" height="84" role="img" aria-label="${t.ruler}">
    <rect class="track" x="0" y="30" width="100%" height="10" rx="5" />
    <rect class="fill" x="0" y="30" width="${x(value)}" height="10" rx="5" />
    <rect class="band" x="${x(interval.low)}" y="24" width="${x(interval.high - interval.low)}" height="22" rx="3" />
    <line class="point" x1="${x(value)}" x2="${x(value)}" y1="20" y2="50" />
    <line class="base" x1="${x(base)}" x2="${x(base)}" y1="16" y2="40" />
    <text x="${x(base)}" y="11" text-anchor="${anchor}">${t.largestClass(percent(base, 1))}</text>
    ${ticks.map(
      (tick) =>
        html`<line class="tick" x1="${tick}%" x2="${tick}%" y1="54" y2="${tick % 50 === 0 ? 60 : 57}" />${
            tick % 20 === 0 &&
            html`<text x="${tick}%" y="75" text-anchor="${tick === 0 ? 'start' : tick === 100 ? 'end' : 'middle'}"
              >${tick}${tick === 100 && ' %'}</text
            >`
          }`,
    )}
  </svg>`;
}

function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}
