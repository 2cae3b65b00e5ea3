/** Speed and time left of a run, from its last steps: the first, which compiles, doesn't count. */
export class Pace {
  readonly #batch: number;
  readonly #times: number[] = [];
  readonly #window: number;

  /** @param batch images a step. */
  constructor(batch: number, window = 50) {
    this.#batch = batch;
    this.#window = window;
  }

  /** Notes a step's seconds. */
  add(seconds: number): void {
    this.#times.push(seconds);
    if (this.#times.length > this.#window) this.#times.shift();
  }

  /** Mean seconds a step; 0 before there is one. */
  get secondsPerStep(): number {
    return this.#times.length === 0 ? 0 : this.#times.reduce((a, b) => a + b, 0) / this.#times.length;
  }

  get imagesPerSecond(): number {
    return this.secondsPerStep === 0 ? 0 : this.#batch / this.secondsPerStep;
  }
}
