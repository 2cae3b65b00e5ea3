import type { Download } from '../../src-shared/contract/downloads.ts';
import type { Api } from '../api.ts';
import type { Live } from '../live/live.svelte.ts';

/** The queue of downloads as every view sees it: read once, then kept true by the event stream. */
class Downloads {
  /** In the queue's order. */
  list = $state.raw<readonly Download[]>([]);
  /** Whether the drawer that shows them is. */
  open = $state(false);

  /** Those that go on or wait. */
  get active(): number {
    return this.#active.length;
  }

  /** What is here of those, whole percent; null without any, and where a length isn't known. */
  get percent(): number | null {
    let total = 0;
    let bytes = 0;
    for (const download of this.#active) {
      if (download.total === null) return null;
      total += download.total;
      bytes += download.bytes;
    }
    return total === 0 ? null : Math.floor((100 * bytes) / total);
  }

  get failed(): number {
    return this.list.filter(({ state }) => state === 'failed').length;
  }

  get #active(): readonly Download[] {
    return this.list.filter(({ state }) => state === 'running' || state === 'queued' || state === 'verifying');
  }

  /** Returns what ends it: the return value of an effect. */
  watch(api: Pick<Api, 'downloads'>, live: Live): () => void {
    void this.read(api);
    const stops = [
      live.on('download', (event) => {
        if (event === null) return void this.read(api);
        const { download } = event;
        const at = this.list.findIndex(({ id }) => id === download.id);
        this.list = at < 0 ? [...this.list, download] : this.list.with(at, download);
      }),
      live.on('download-removed', (event) => {
        if (event !== null) this.list = this.list.filter(({ id }) => id !== event.id);
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  async read(api: Pick<Api, 'downloads'>): Promise<void> {
    try {
      this.list = (await api.downloads.list()).downloads;
    } catch {
      // The banner says that the connection is lost; what was known stays.
    }
  }
}

export const downloads = new Downloads();
