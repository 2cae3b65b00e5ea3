/** What all downloads together may take of the network. */
export interface TokenBucket {
  /** Waits until so many bytes may go. @throws the signal's reason */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  /** Bytes a second from now on; null for no limit. Those who wait are let go on by the new rate. */
  setRate(rate: number | null): void;
}

/** Seconds' worth of bytes that may go at once after a rest. */
const BURST_SECONDS = 0.25;

/** A bucket that fills at a rate and may be overdrawn: whoever overdraws it waits until it is even again. */
export function createTokenBucket(rate: number | null, now: () => number = () => performance.now()): TokenBucket {
  let tokens = 0;
  let at = now();
  let current = rate;
  const waiting = new Set<() => void>();

  const fill = (): void => {
    const time = now();
    if (current !== null) tokens = Math.min(current * BURST_SECONDS, tokens + ((time - at) / 1000) * current);
    at = time;
  };
  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });

  return {
    async take(bytes, signal) {
      signal.throwIfAborted();
      if (current === null) return;
      fill();
      tokens -= bytes;
      for (let owed = -tokens; owed > 0 && current !== null;) {
        const start = now();
        await sleep((owed / current) * 1000, signal);
        signal.throwIfAborted();
        if (current !== null) owed -= ((now() - start) / 1000) * current;
        if (owed < 1) break;
      }
    },
    setRate(next) {
      fill();
      current = next;
      tokens = Math.max(0, tokens);
      for (const wake of waiting) wake();
    },
  };
}
