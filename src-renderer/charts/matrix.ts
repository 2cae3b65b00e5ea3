import { withAlpha } from './palette.svelte.ts';
import type { Palette } from './palette.svelte.ts';

/** A matrix as a picture: shade by share, one cell a pair. */
export interface MatrixSpec {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly value: (row: number, column: number) => number;
  /** 0 to 1: how dark. */
  readonly share: (row: number, column: number) => number;
  readonly format: (value: number) => string;
  /** A sentence on one cell. */
  readonly describe: (row: number, column: number) => string;
}

interface Drawing {
  spec: MatrixSpec;
  /** px on the page. */
  size: number;
  palette: Palette;
  marked: { row: number; column: number };
}

/** Cells smaller than this carry no number, px. */
const WITH_NUMBER = 30;

export function drawMatrix(canvas: HTMLCanvasElement, { spec, size, palette, marked }: Drawing): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(size * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  context.fillStyle = palette.panel;
  context.fillRect(0, 0, size, size);
  const [height, width] = [size / spec.rows.length, size / spec.columns.length];
  const gap = Math.min(height, width) > 6 ? 1 : 0;
  const numbered = Math.min(height, width) >= WITH_NUMBER;
  context.font = '11px "Inter Variable", sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = 0; row < spec.rows.length; row++) {
    for (let column = 0; column < spec.columns.length; column++) {
      const share = spec.share(row, column);
      if (share <= 0 && !numbered) continue;
      context.fillStyle = withAlpha(palette.accent, share <= 0 ? 0.04 : 0.1 + 0.9 * share);
      context.fillRect(column * width, row * height, width - gap, height - gap);
      if (!numbered) continue;
      context.fillStyle = share > 0.5 ? palette.panel : palette.ink;
      context.fillText(spec.format(spec.value(row, column)), (column + 0.5) * width, (row + 0.5) * height);
    }
  }
  context.strokeStyle = palette.ink;
  context.lineWidth = 1.5;
  context.strokeRect(marked.column * width, marked.row * height, width - gap, height - gap);
}

/** The cell below the pointer. */
export function cellAt(event: MouseEvent, spec: MatrixSpec, size: number): { row: number; column: number } {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const place = (at: number, count: number, extent: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor((at / (extent || size)) * count)));
  return {
    row: place(event.clientY - box.top, spec.rows.length, box.height),
    column: place(event.clientX - box.left, spec.columns.length, box.width),
  };
}
