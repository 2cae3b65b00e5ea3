import { randomBytes } from 'node:crypto';
import type { LibraryEvent, PlacedEvent } from '../../../src-shared/contract/events.ts';

/** Events kept for readers that come back. */
const KEPT = 10_000;

export interface Events {
  /** Tells everybody who watches. */
  publish(event: LibraryEvent): void;
  /**
   * What happens from now on, or after a place. Where the place is unknown (too long ago, or of another process) the
   * first event is a `reset`. Ends with the signal.
   */
  watch(options: { after?: string | undefined; signal: AbortSignal }): AsyncGenerator<PlacedEvent, void>;
  /** Who waits for the next event. */
  readers(): number;
  /** Ends every reader's stream: this process is about to end. */
  close(): void;
}

/** The library's event stream: kept in memory, in order, each event once to each reader. */
export function createEvents({ kept = KEPT }: { kept?: number } = {}): Events {
  const epoch = randomBytes(6).toString('hex');
  /** The last `kept` events; the first has the number `next - ring.length`. */
  const ring: LibraryEvent[] = [];
  let next = 0;
  const waiting = new Set<() => void>();
  let closed = false;
  const wakeAll = (): void => {
    for (const wake of waiting) wake();
    waiting.clear();
  };

  const placed = (number: number, event: LibraryEvent): PlacedEvent => ({ position: `${epoch}-${number}`, event });

  /** The number of the first event behind a place; null where that isn't known any more. */
  const behind = (after: string): number | null => {
    const [of, text] = after.split('-');
    const number = Number(text) + 1;
    return of === epoch && Number.isSafeInteger(number) && number >= next - ring.length && number <= next
      ? number
      : null;
  };

  return {
    publish(event) {
      ring.push(event);
      next++;
      if (ring.length > kept) ring.shift();
      wakeAll();
    },

    readers: () => waiting.size,

    close() {
      closed = true;
      wakeAll();
    },

    async *watch({ after, signal }) {
      let at = after === undefined ? next : behind(after);
      if (at === null) {
        at = next;
        yield placed(at - 1, { topic: 'reset' });
      }
      while (!signal.aborted && !closed) {
        if (at < next - ring.length) {
          // Too slow: what it misses is gone.
          at = next;
          yield placed(at - 1, { topic: 'reset' });
        } else if (at < next) {
          yield placed(at, ring[at - (next - ring.length)]!);
          at++;
        } else {
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              signal.removeEventListener('abort', wake);
              waiting.delete(wake);
              resolve();
            };
            waiting.add(wake);
            signal.addEventListener('abort', wake, { once: true });
          });
        }
      }
    },
  };
}
