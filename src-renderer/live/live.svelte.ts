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
  // Nothing is drawn from these.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #listeners = new Map<Topic, Set<Listener>>();
  readonly #open: OpenStream;
  #after: string | undefined;

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

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const stream = await this.#open(this.#after, signal);
        this.connected = true;
        attempt = 0;
        for await (const { position, event } of stream) {
          this.#after = position;
          this.#tell(event);
        }
      } catch {
        // Told below, like a stream that ends.
      }
      if (signal.aborted) return;
      this.connected = false;
      await new Promise((resolve) => setTimeout(resolve, PATIENCE[Math.min(attempt, PATIENCE.length - 1)]));
    }
  }

  #tell(event: LibraryEvent): void {
    if (event.topic === 'reset') {
      for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null);
      return;
    }
    for (const listener of this.#listeners.get(event.topic) ?? []) listener(event);
  }
}
