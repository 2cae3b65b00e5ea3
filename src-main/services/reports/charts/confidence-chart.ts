import type { ReliabilityBin } from '../../../../src-shared/metrics/calibration.ts';
import { html, type SafeHtml } from '../html.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.calibration;
const HALF = 128;

/**
 * Right predictions above the axis, wrong ones below, by confidence. Each half has its own scale: on a common one the
 * mistakes of a good model would not be seen.
 */
export function confidenceChart(bins: readonly ReliabilityBin[]): SafeHtml {
  const right = bins.map((bin) => bin.correct);
  const wrong = bins.map((bin) => bin.count - bin.correct);
  return html`<div class="plot">
    <div class="side"><b class="right">${t.right(sum(right))}</b><span>${t.most(Math.max(...right))}</span></div>
    <svg width="100%" height="${2 * HALF + 20}" role="img" aria-label="${t.histogramLabel}">
      ${bins.map((bin, i) => [bar(bin, right[i]!, { most: Math.max(...right), side: 'up' }), bar(bin, wrong[i]!, { most: Math.max(...wrong), side: 'down' })])}
      <line class="axis" x1="0" x2="100%" y1="${HALF}" y2="${HALF}" />
      <line class="axis" x1="0" x2="100%" y1="${HALF + 20}" y2="${HALF + 20}" />
      ${[0, 25, 50, 75, 100].map((q) => html`<text x="${q}%" y="${HALF + 14}" text-anchor="${q === 0 ? 'start' : q === 100 ? 'end' : 'middle'}">${q}${q === 100 && ' %'}</text>`)}
    </svg>
    <div class="side"><b class="wrong">${t.wrong(sum(wrong))}</b><span>${t.most(Math.max(...wrong))}</span></div>
  </div>`;
}

function bar(bin: ReliabilityBin, n: number, half: { most: number; side: 'up' | 'down' }): SafeHtml | false {
  const { most, side } = half;
  if (n === 0) return false;
  const height = Math.max(2, Math.round((n / most) * (HALF - 4) * 10) / 10);
  const y = side === 'up' ? HALF - height : HALF + 20;
  const x = Math.round((bin.low * 100 + 0.4) * 100) / 100;
  const width = Math.round(((bin.high - bin.low) * 100 - 0.8) * 100) / 100;
  return html`<rect class="${side === 'up' ? 'right' : 'wrong'}" x="${x}%" width="${width}%" y="${y}" height="${height}"
    ><title>${n}</title></rect
  >`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, n) => total + n, 0);
}
