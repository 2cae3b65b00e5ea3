/** Events on their way from those who tell to one who reads: in order, none lost, until its end or failure. */
export interface EventQueue<Event> extends AsyncIterable<Event> {
  push(event: Event): void;
  end(): void;
  fail(error: unknown): void;
}

export function createEventQueue<Event>(): EventQueue<Event> {
  const waiting: Event[] = [];
  let over: { error: unknown } | 'ended' | null = null;
  let wake = (): void => {};
  return {
    push(event) {
      waiting.push(event);
      wake();
    },
    end() {
      over ??= 'ended';
      wake();
    },
    fail(error) {
      over ??= { error };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (over === 'ended') return;
        if (over) throw over.error;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
