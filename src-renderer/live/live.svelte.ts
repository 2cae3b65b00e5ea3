import { AppError } from '../../src-shared/errors.ts';
import type { LibraryEvent, PlacedEvent, Topic } from '../../src-shared/contract/events.ts';

/** Opens the stream behind a place; ends or throws when the server is gone. */
export type OpenStream = (after: string | undefined, signal: AbortSignal) => Promise<AsyncIterable<PlacedEvent>>;

type EventOf<T extends Topic> = Extract<LibraryEvent, { topic: T }>;
type Listener = (event: LibraryEvent | null) => void;

/** Waits between attempts, ms; the last one again and again. */
const PATIENCE = [300, 600, 1200, 2500, 5000];

/**
 * The window's one event stream: goes on where it left off when the connection breaks, and says while it is broken. A
 * listener is given `null` where events were missed: what it shows must be read again.
 */
export class Live {
  connected = $state(true);
  /** The server is there and doesn't know this page: asking again and again is of no use. */
  refused = $state(false);
  // Nothing is drawn from these.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #listeners = new Map<Topic, Set<Listener>>();
  readonly #open: OpenStream;
  #after: string | undefined;
  #wake: (() => void) | null = null;

  constructor(open: OpenStream) {
    this.#open = open;
  }

  /** Returns what ends it: the return value of an effect. */
  on<T extends Topic>(topic: T, listener: (event: EventOf<T> | null) => void): () => void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener as Listener));
    return () => listeners.delete(listener as Listener);
  }

  /** Tries at once, where it waits: somebody asks for it, or looks at the page again. */
  retry(): void {
    this.#wake?.();
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      let refused = false;
      try {
        const stream = await this.#open(this.#after, signal);
        this.connected = true;
        this.refused = false;
        attempt = 0;
        for await (const { position, event } of stream) {
          this.#after = position;
          this.#tell(event);
        }
      } catch (error) {
        // Told below, like a stream that ends.
        refused = error instanceof AppError && error.code === 'unauthorized';
      }
      if (signal.aborted) return;
      this.connected = false;
      this.refused = refused;
      await this.#wait(refused ? null : PATIENCE[Math.min(attempt, PATIENCE.length - 1)]!, signal);
    }
  }

  /** @param milliseconds null: until somebody asks */
  #wait(milliseconds: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === null ? undefined : setTimeout(() => done(), milliseconds);
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = null;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #tell(event: LibraryEvent): void {
    if (event.topic === 'reset') {
      for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null);
      return;
    }
    for (const listener of this.#listeners.get(event.topic) ?? []) listener(event);
  }
}
