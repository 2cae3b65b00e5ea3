import type { RequestRecord } from '../../../src-shared/contract/network.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import type { Rows } from '../../ui/table.ts';

const PAGE = 200;
/** The most that the service gives at once: an export asks for as many. */
const MOST = 1000;

/** Whether a request is one of those with the text; as the service decides. */
export function hasText({ address, purpose, error }: RequestRecord, text: string): boolean {
  return `${address} ${purpose} ${error ?? ''}`.toLowerCase().includes(text.toLowerCase());
}

/** The log of requests, the newest first: pages as they come into sight, new ones as they are made. */
export class RequestsView implements Rows<RequestRecord> {
  text = $state('');
  total = $state(0);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  #rows = $state.raw<readonly RequestRecord[]>([]);
  readonly #api: Pick<Api, 'network'>;
  #asked = 0;
  #fetching = false;

  constructor(api: Pick<Api, 'network'>, text: string) {
    this.#api = api;
    this.text = text;
  }

  get count(): number {
    return this.total;
  }

  at(index: number): RequestRecord | undefined {
    return this.#rows[index];
  }

  ask(text: string): void {
    this.text = text;
    void this.load();
  }

  /** The newest answer wins. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const { requests, total } = await this.#api.network.requests({ limit: PAGE, text: this.text });
      if (asked !== this.#asked) return;
      this.#rows = requests;
      this.total = total;
      this.loaded = true;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = asShown(error);
    }
  }

  /** Fetches on, page by page, until a row is here. */
  need(last: number): void {
    if (this.#fetching || last < this.#rows.length || this.#rows.length >= this.total) return;
    this.#fetching = true;
    void this.#loadMore().finally(() => (this.#fetching = false));
  }

  async #loadMore(): Promise<void> {
    const asked = this.#asked;
    const before = this.#rows.at(-1)?.id;
    if (before === undefined) return;
    try {
      const { requests } = await this.#api.network.requests({ limit: PAGE, before, text: this.text });
      if (asked !== this.#asked) return;
      // The oldest are cut off meanwhile.
      if (requests.length === 0) this.total = this.#rows.length;
      this.#rows = [...this.#rows, ...requests];
    } catch (error) {
      if (asked === this.#asked) this.error = asShown(error);
    }
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    return live.on('request', (event) => {
      if (event === null) return void this.load();
      const { request } = event;
      const at = this.#rows.findIndex(({ id }) => id === request.id);
      if (at >= 0) this.#rows = this.#rows.with(at, request);
      else if (hasText(request, this.text) && request.id > (this.#rows[0]?.id ?? 0)) {
        this.#rows = [request, ...this.#rows];
        this.total++;
      }
    });
  }

  /** All with the text, as CSV. */
  async csv(): Promise<Blob> {
    const lines = [COLUMNS.join(',')];
    let before: number | undefined;
    for (;;) {
      const { requests } = await this.#api.network.requests({ limit: MOST, before, text: this.text });
      lines.push(...requests.map(csvLine));
      before = requests.at(-1)?.id;
      if (requests.length < MOST) break;
    }
    return new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' });
  }
}

const COLUMNS = ['id', 'at', 'method', 'address', 'purpose', 'status', 'bytes', 'milliseconds', 'error'] as const;

/** One line of RFC 4180; a spreadsheet must not take what another machine said for a formula. */
export function csvLine(request: RequestRecord): string {
  return COLUMNS.map((name) => {
    const value = request[name];
    if (value === null) return '';
    const text = String(value);
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }).join(',');
}
