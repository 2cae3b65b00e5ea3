import type { ReliabilityBin } from '../../../../src-shared/metrics/calibration.ts';
import { count } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.calibration;
const QUARTERS = [0, 25, 50, 75, 100];

/** Accuracy of each confidence bin with its interval, against the diagonal, and the images in each bin below. */
export function reliabilityChart(bins: readonly ReliabilityBin[]): SafeHtml {
  const full = bins.filter((bin) => bin.count > 0);
  const x = (share: number): string => `${round(share * 100)}%`;
  const y = (share: number): string => `${round(100 - share * 100)}%`;
  return html`<div class="plot square">
      <svg width="100%" height="100%" role="img" aria-label="${t.reliabilityLabel}">
        ${QUARTERS.map((q) => html`<line class="grid" x1="0" x2="100%" y1="${q}%" y2="${q}%" /><text x="-8" y="${q}%" dy=".35em" text-anchor="end">${100 - q}</text><line class="grid" y1="0" y2="100%" x1="${q}%" x2="${q}%" />`)}
        <line class="diagonal" x1="0" y1="100%" x2="100%" y2="0" />
        ${full.map((bin) => {
          const at = x(bin.meanConfidence!);
          return html`<line
              class="gap"
              x1="${at}"
              x2="${at}"
              y1="${y(bin.meanConfidence!)}"
              y2="${y(bin.accuracy!)}"
            /><line
              class="whisker"
              x1="${at}"
              x2="${at}"
              y1="${y(bin.interval!.low)}"
              y2="${y(bin.interval!.high)}"
            /><circle class="dot" cx="${at}" cy="${y(bin.accuracy!)}" r="4"
              ><title>${count(bin.correct)} / ${count(bin.count)}</title></circle
            >`;
        })}</svg
      ><span class="y-title">${t.accuracy}, %</span>
    </div>
    <div class="plot counts">
      <svg width="100%" height="74" aria-hidden="true">
        ${bins.map((bin) => countBar(bin, Math.max(...bins.map((b) => b.count))))}
        ${QUARTERS.map((q) => html`<text x="${q}%" y="70" text-anchor="${q === 0 ? 'start' : q === 100 ? 'end' : 'middle'}">${q}</text>`)}</svg
      ><span class="x-title">${t.confidence}, %</span>
    </div>`;
}

function countBar(bin: ReliabilityBin, most: number): SafeHtml | false {
  if (bin.count === 0) return false;
  const height = Math.max(1, (bin.count / most) * 26);
  const middle = round(((bin.low + bin.high) / 2) * 100);
  return html`<rect
      class="mass"
      x="${round(bin.low * 100 + 0.4)}%"
      width="${round((bin.high - bin.low) * 100 - 0.8)}%"
      y="${round(52 - height)}"
      height="${round(height)}"
    />${countLabel(bin.count, `${middle}%`, round(48 - height))}`;
}

/** Upright where it fits over its bar, else standing on end; the inner svg lets it turn about a point given in %. */
function countLabel(n: number, x: string, y: number): SafeHtml {
  if (n < 100) return html`<text class="tiny" x="${x}" y="${y}" text-anchor="middle">${n}</text>`;
  return html`<svg x="${x}" y="${y}"><text class="tiny" transform="rotate(-90)" dy=".35em">${compact(n)}</text></svg>`;
}

/** At most four characters. */
function compact(n: number): string {
  if (n < 10_000) return String(n);
  return n < 1e6 ? `${Math.round(n / 1000)}k` : `${Math.round(n / 1e6)}M`;
}

function round(x: number): number {
  return Math.round(x * 100) / 100;
}
