import { screen } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Bounds, Kept } from './kept.ts';

export const MIN_SIZE = { width: 720, height: 480 } as const;
const FIRST_SIZE = { width: 1280, height: 820 } as const;
/** Pixels of a title bar that must lie on a display, so that the window can be taken hold of. */
const HANDLE = 80;
const REST_MS = 400;

/** Where the window opens: where it was, as far as a display is still there; otherwise in the middle. */
export function openingBounds(kept: Kept): Partial<Bounds> {
  const { bounds } = kept.current();
  return bounds === null
    ? FIRST_SIZE
    : fitted(
        bounds,
        screen.getAllDisplays().map(({ workArea }) => workArea),
      );
}

/** Bounds on one of the displays, not larger than it; only a size where none shows enough of the window's top. */
export function fitted(bounds: Bounds, displays: readonly Bounds[]): Partial<Bounds> {
  const display = displays.find((area) => {
    const wide = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
    return wide >= HANDLE && bounds.y >= area.y - 1 && bounds.y <= area.y + area.height - HANDLE / 2;
  });
  const limit = display ?? displays[0] ?? bounds;
  const width = Math.max(MIN_SIZE.width, Math.min(bounds.width, limit.width));
  const height = Math.max(MIN_SIZE.height, Math.min(bounds.height, limit.height));
  return display ? { x: bounds.x, y: bounds.y, width, height } : { width, height };
}

/** Keeps where the window is while it is moved, once it rests. */
export function keepWindowState(window: BrowserWindow, kept: Kept): void {
  let timer: NodeJS.Timeout | undefined;
  const keep = (): void => {
    clearTimeout(timer);
    if (!window.isDestroyed()) kept.set({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(keep, REST_MS);
  };
  window.on('resize', soon);
  window.on('move', soon);
  window.on('close', keep);
}
