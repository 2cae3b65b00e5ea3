/** Milliseconds until something is worth a line where standard error is no terminal, and between two of them. */
const FIRST_PLAIN_MS = 1000;
const PLAIN_MS = 5000;

/** One line on a terminal that is written over; now and then a plain line where standard error is no terminal. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #open = false;
  /** What the plain lines are about, and when the next is due, ms. */
  #label = '';
  #nextPlain = 0;

  constructor(options: { quiet: boolean; stream?: NodeJS.WriteStream }) {
    this.#stream = options.stream ?? process.stderr;
    this.#quiet = options.quiet;
  }

  /** Shows `done` of `total` with what else is known. */
  show(label: string, { done, total, facts = [] }: { done: number; total: number; facts?: string[] }): void {
    if (this.#quiet) return;
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const text = `${label} ${done}/${total}  ${facts.join('  ')}`.trimEnd();
    if (this.#stream.isTTY) {
      const width = 24;
      const filled = Math.round(share * width);
      const line = `${'█'.repeat(filled)}${'·'.repeat(width - filled)} ${String(Math.floor(share * 100)).padStart(3)} %  ${text}`;
      this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`);
      this.#open = true;
      return;
    }
    const now = performance.now();
    if (label !== this.#label) {
      this.#label = label;
      this.#nextPlain = now + FIRST_PLAIN_MS; // what is quickly done needs no line
    } else if (now >= this.#nextPlain) {
      this.#nextPlain = now + PLAIN_MS;
      this.#stream.write(`${text}\n`);
    }
  }

  /** A line of its own, above the bar. */
  say(text: string): void {
    this.clear();
    if (!this.#quiet) this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#open) this.#stream.write('\r\x1b[2K');
    this.#open = false;
  }
}

/** 75 → `1 min 15 s`. */
export function formatDuration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
