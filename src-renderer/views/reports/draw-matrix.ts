import type { Matrix, Place, Sight } from './matrix.ts';

export interface MatrixInk {
  readonly ink: string;
  readonly mute: string;
  readonly line: string;
  readonly right: string;
  readonly wrong: string;
  /** Of text on a full cell. */
  readonly paper: string;
}

export interface MatrixDrawing {
  readonly matrix: Matrix;
  /** Class indices, as rows and columns follow one another. */
  readonly order: readonly number[];
  /** Where each class stands in `order`. */
  readonly places: readonly number[];
  readonly names: readonly string[];
  readonly sight: Sight;
  readonly normalised: boolean;
  readonly cursor: Place | null;
  /** What is being dragged out. */
  readonly dragged: Sight | null;
  readonly ink: MatrixInk;
}

/** Where the cells begin, px: left and above are the names. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  /** Of the square of cells. */
  readonly side: number;
}

/** Names are written beside rows of at least this height, px. */
const NAMED = 13;
/** Counts are written into cells of at least this, px. */
const COUNTED = 26;
/** Side of the square of cells at most, px. */
const MOST = 720;
const FONT = "11px 'Inter Variable', system-ui, sans-serif";

/** @param longest width of the longest name, px (see `longestName`) */
export function frameOf(width: number, sight: Sight, longest: number): Frame {
  const margin = Math.min(longest, width > 480 ? 112 : 72) + 14;
  const side = Math.max(120, Math.min(width - margin, MOST));
  const named = side / sight.size >= NAMED;
  if (!named) return { left: 1, top: 1, side: Math.min(width - 2, MOST) };
  const upright = side / sight.size > longest + 6;
  return { left: margin, top: upright ? 20 : margin, side };
}

/** Width of the longest of the names as they are written, px. */
export function longestName(names: readonly string[]): number {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return 100;
  context.font = FONT;
  return names.reduce((most, name) => Math.max(most, context.measureText(name.slice(0, 40)).width), 0);
}

/** Draws the cells in sight; `context` is scaled to CSS pixels. */
export function drawMatrix(context: CanvasRenderingContext2D, frame: Frame, drawing: MatrixDrawing): void {
  const { matrix, places, sight, normalised, ink } = drawing;
  const { left, top, side } = frame;
  const cell = side / sight.size;
  context.font = FONT;
  context.textBaseline = 'middle';
  for (const { truth, predicted, count, share } of matrix.cells) {
    const row = places[truth]! - sight.row;
    const column = places[predicted]! - sight.column;
    if (row < 0 || column < 0 || row >= sight.size || column >= sight.size) continue;
    const strength = Math.sqrt(normalised ? share : count / matrix.most);
    context.globalAlpha = 0.14 + 0.86 * strength;
    context.fillStyle = truth === predicted ? ink.right : ink.wrong;
    // A cell of less than a pixel must still be seen.
    const size = Math.max(cell - (cell > 6 ? 1 : 0), 1.5);
    context.fillRect(left + column * cell, top + row * cell, size, size);
    context.globalAlpha = 1;
    if (cell < COUNTED) continue;
    context.fillStyle = strength > 0.8 ? ink.paper : ink.ink;
    context.textAlign = 'center';
    const text = normalised ? percent(share) : String(count);
    context.fillText(text, left + (column + 0.5) * cell - 0.5, top + (row + 0.5) * cell, cell - 4);
  }
  context.strokeStyle = ink.line;
  context.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
  if (cell >= NAMED) drawNames(context, frame, drawing);
  outline(context, frame, drawing);
}

function percent(share: number): string {
  return share >= 0.0995 || share === 0 ? (100 * share).toFixed(0) : (100 * share).toFixed(1);
}

function drawNames(
  context: CanvasRenderingContext2D,
  { left, top, side }: Frame,
  { order, names, sight, ink, cursor }: MatrixDrawing,
): void {
  const cell = side / sight.size;
  for (let i = 0; i < sight.size; i++) {
    const rowName = names[order[sight.row + i]!] ?? '';
    const columnName = names[order[sight.column + i]!] ?? '';
    context.textAlign = 'right';
    context.fillStyle = cursor?.row === sight.row + i ? ink.ink : ink.mute;
    context.fillText(shortened(context, rowName, left - 12), left - 6, top + (i + 0.5) * cell);
    context.save();
    context.translate(left + (i + 0.5) * cell, top - 6);
    const upright = cell > 30 && context.measureText(columnName).width < cell - 4;
    if (!upright) context.rotate(-Math.PI / 2);
    context.textAlign = upright ? 'center' : 'left';
    context.fillStyle = cursor?.column === sight.column + i ? ink.ink : ink.mute;
    context.fillText(upright ? columnName : shortened(context, columnName, top - 10), 0, upright ? -5 : 0);
    context.restore();
  }
}

function outline(
  context: CanvasRenderingContext2D,
  { left, top, side }: Frame,
  { sight, cursor, dragged, ink }: MatrixDrawing,
): void {
  const cell = side / sight.size;
  context.lineWidth = 2;
  context.strokeStyle = ink.ink;
  const box = ({ row, column, size }: Sight): void =>
    context.strokeRect(
      left + (column - sight.column) * cell,
      top + (row - sight.row) * cell,
      Math.max(size * cell, 4),
      Math.max(size * cell, 4),
    );
  if (dragged) box(dragged);
  else if (cursor && isSeen(cursor, sight)) box({ ...cursor, size: 1 });
  context.lineWidth = 1;
}

function isSeen({ row, column }: Place, sight: Sight): boolean {
  return (
    row >= sight.row && column >= sight.column && row < sight.row + sight.size && column < sight.column + sight.size
  );
}

/** A name of 4,000 characters is measured by its first hundred. */
function shortened(context: CanvasRenderingContext2D, name: string, width: number): string {
  let text = name.slice(0, 100);
  if (text === name && context.measureText(text).width <= width) return text;
  while (text.length > 1 && context.measureText(`${text}…`).width > width) text = text.slice(0, -1);
  return `${text}…`;
}

/** The cell under a point of the canvas, CSS px; null beside the cells. */
export function placeAt(x: number, y: number, { frame, sight }: { frame: Frame; sight: Sight }): Place | null {
  const column = Math.floor(((x - frame.left) / frame.side) * sight.size);
  const row = Math.floor(((y - frame.top) / frame.side) * sight.size);
  if (row < 0 || column < 0 || row >= sight.size || column >= sight.size) return null;
  return { row: row + sight.row, column: column + sight.column };
}
