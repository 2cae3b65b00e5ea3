/** What a reader of data sets needs. */
export interface SourceOptions {
  /** Where Vitrine keeps what it needs between runs: indices, packs and what was unpacked go to its cache. */
  home: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}
