/** Seconds over which a speed is taken. */
const WINDOW_SECONDS = 5;

/** How fast bytes come, over the last seconds. */
export class Speedometer {
  readonly #samples: { at: number; bytes: number }[] = [];

  /** @param bytes that are there by now */
  add(bytes: number, at = performance.now()): void {
    const samples = this.#samples;
    // What a restart took away never came.
    if (samples.length > 0 && bytes < samples.at(-1)!.bytes) samples.length = 0;
    samples.push({ at, bytes });
    while (samples.length > 2 && at - samples[0]!.at > WINDOW_SECONDS * 1000) samples.shift();
  }

  /** Null until there are two moments to compare. */
  bytesPerSecond(now = performance.now()): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at === first.at) return null;
    return ((last.bytes - first.bytes) / (Math.max(now, last.at) - first.at)) * 1000;
  }
}
