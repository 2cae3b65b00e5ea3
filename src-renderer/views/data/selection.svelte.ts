import type { DatasetImage } from '../../../src-shared/contract/datasets.ts';
import type { DatasetView } from './dataset.svelte.ts';

/** The chosen images, and the one under the cursor. */
export class Selection {
  /** Index among what is shown. */
  cursor = $state(0);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced as a whole, never changed
  chosen = $state.raw<ReadonlyMap<number, DatasetImage>>(new Map());
  /** Where a range begins. */
  #anchor = 0;
  readonly #view: DatasetView;

  constructor(view: DatasetView) {
    this.#view = view;
  }

  /** What an act is about: the chosen ones, else the one under the cursor. */
  get images(): DatasetImage[] {
    if (this.chosen.size > 0) return [...this.chosen.values()];
    const row = this.#view.rows.at(this.cursor);
    return row ? [row] : [];
  }

  clear(): void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- as above
    this.chosen = new Map();
  }

  /** One alone, or with `toggle` one more or one less. */
  choose(index: number, toggle: boolean): void {
    this.cursor = index;
    this.#anchor = index;
    const row = this.#view.rows.at(index);
    if (!row) return;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- as above
    const next = new Map(toggle ? this.chosen : []);
    if (toggle && next.has(row.position)) next.delete(row.position);
    else next.set(row.position, row);
    this.chosen = next;
  }

  /** From where the last one was chosen to here, those that aren't loaded too. */
  async extend(index: number): Promise<void> {
    this.cursor = index;
    const [from, to] = [Math.min(this.#anchor, index), Math.max(this.#anchor, index)];
    const images = await this.#view.range(from, to);
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- as above
    this.chosen = new Map(images.map((image) => [image.position, image]));
  }

  /** Moves without choosing. */
  move(index: number): void {
    this.cursor = index;
    this.#anchor = index;
  }
}
