// What is measured inside the page, by the page's own clock. Each function is sent to the browser as it stands here.

interface Watch {
  /** performance.now() of the first paint in which the table had rows. */
  rowsAt: number;
  /** Of the paint behind the newest change of what the catalog lists. */
  changedAt: number;
}

declare global {
  interface Window {
    watch: Watch;
    /** Of curves.js. */
    drawCurves: () => Promise<number>;
  }
}

/** Before the page's own scripts: notes when the catalog's rows and counts have been painted. */
export function watchPaints(): void {
  const watch: Watch = { rowsAt: 0, changedAt: 0 };
  window.watch = watch;
  let waiting = false;
  const observer = new MutationObserver(() => {
    if (waiting || document.querySelectorAll('[role=grid] [role=row]').length < 5) return;
    waiting = true;
    // A message that is posted in a frame comes after its paint.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        waiting = false;
        watch.changedAt = performance.now();
        watch.rowsAt ||= watch.changedAt;
      };
      port2.postMessage(null);
    });
  });
  observer.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
}

/** Types one letter into the search as a key does; ms until all that it changed has been painted. */
export async function typeLetter(text: string): Promise<number> {
  const input = document.querySelector<HTMLInputElement>('[data-search]')!;
  const started = performance.now();
  input.value = text;
  input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  const QUIET = 200;
  let last = started;
  do {
    await new Promise((resolve) => setTimeout(resolve, 20));
    last = Math.max(last, window.watch.changedAt);
  } while (performance.now() - last < QUIET);
  return last - started;
}

/** Scrolls the table down, so many px a frame; frames that came and frames that should have come. */
export async function scrollTable({ frames, pixels }: { frames: number; pixels: number }): Promise<[number, number]> {
  const grid = document.querySelector('[role=grid]')!;
  const next = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  for (let i = 0; i < 10; i++) await next();
  const begin = await next();
  let last = begin;
  let shortest = Infinity;
  const gaps: number[] = [];
  for (let i = 0; i < frames; i++) {
    grid.scrollTop += pixels;
    const now = await next();
    gaps.push(now - last);
    shortest = Math.min(shortest, now - last);
    last = now;
  }
  // A frame is what the display has: 60 a second without one.
  const frame = Math.max(1000 / 60, shortest * 0.9);
  const due = gaps.reduce((sum, gap) => sum + Math.max(1, Math.round(gap / frame)), 0);
  return [frames, due];
}
