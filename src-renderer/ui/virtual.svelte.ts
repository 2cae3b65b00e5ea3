import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { VirtualItem } from '@tanstack/virtual-core';
import { untrack } from 'svelte';

export interface VirtualOptions {
  count: () => number;
  /** Height of a row, px. */
  size: () => number;
  /** Items side by side in a row. */
  lanes?: () => number;
  overscan?: number;
}

/** The rows that a scrolling element shows: of 50,000, the thirty in sight. Attach with `{@attach list.attach}`. */
export class VirtualList {
  items = $state.raw<readonly VirtualItem[]>([]);
  /** px */
  height = $state(0);
  /** Elements that were needed at once so far. */
  #pool = 1;
  #options: VirtualOptions;
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | null = null;

  constructor(options: VirtualOptions) {
    this.#options = options;
  }

  readonly attach = (element: HTMLElement): (() => void) => {
    // What changes is for the effect below: attached anew, it would measure the page with each change.
    const virtualizer = new Virtualizer<HTMLElement, HTMLElement>(untrack(() => this.#resolved(element)));
    this.#virtualizer = virtualizer;
    const unmount = virtualizer._didMount();
    untrack(() => {
      virtualizer._willUpdate();
      this.#publish();
    });
    const stop = $effect.root(() => {
      $effect(() => {
        virtualizer.setOptions(this.#resolved(element));
        virtualizer.measure();
        virtualizer._willUpdate();
        this.#publish();
      });
    });
    return () => {
      stop();
      unmount();
      this.#virtualizer = null;
    };
  };

  /** The key of an item's element: what goes out of sight at one end lends its element to what comes at the other. */
  slotOf(index: number): number {
    return index % this.#pool;
  }

  /** To the beginning; where it is there, nothing is asked of the page, which would have to measure itself. */
  scrollToTop(): void {
    const { scrollElement, scrollOffset } = this.#virtualizer ?? {};
    if (scrollElement && scrollOffset) scrollElement.scrollTop = 0;
  }

  scrollTo(index: number): void {
    this.#virtualizer?.scrollToIndex(index, { align: 'auto' });
  }

  #resolved(element: HTMLElement): ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0] {
    const { count, size, lanes, overscan } = this.#options;
    const height = size();
    return {
      count: count(),
      lanes: lanes?.() ?? 1,
      estimateSize: () => height,
      getScrollElement: () => element,
      overscan: overscan ?? 8,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#publish(),
    };
  }

  #publish(): void {
    if (!this.#virtualizer) return;
    const items = this.#virtualizer.getVirtualItems();
    this.#pool = Math.max(this.#pool, items.length);
    this.items = items;
    this.height = this.#virtualizer.getTotalSize();
  }
}
