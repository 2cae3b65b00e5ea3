import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { PlacedEvent } from '../../src-shared/contract/events.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { OpenStream } from './live.svelte.ts';

// The compiler makes getters and setters of these; here a plain field does.
vi.stubGlobal('$state', <Value>(value: Value) => value);
const { Live } = await import('./live.svelte.ts');

async function* events(...list: PlacedEvent[]): AsyncGenerator<PlacedEvent> {
  yield* list;
  await setTimeout(10_000);
}

test('a server that is away is asked again, one that refuses only when somebody looks', async () => {
  const answers: (() => ReturnType<OpenStream>)[] = [
    () => Promise.reject(new TypeError('fetch failed')),
    () => Promise.reject(new AppError('unauthorized', 'This needs the token.')),
    () => Promise.resolve(events({ position: 'a-1', event: { topic: 'engine' } })),
  ];
  const open = vi.fn<OpenStream>(() => answers.shift()!());
  const live = new Live(open);
  const heard = vi.fn();
  live.on('engine', heard);
  const abort = new AbortController();
  const running = live.run(abort.signal);
  await vi.waitUntil(() => !live.connected, 30_000);
  expect(live.refused).toBe(false);
  await vi.waitUntil(() => live.refused, 30_000);
  expect(open).toHaveBeenCalledTimes(2);
  await setTimeout(1500);
  expect(open).toHaveBeenCalledTimes(2);
  live.retry();
  await vi.waitUntil(() => heard.mock.calls.length === 1, 30_000);
  expect(live.connected && !live.refused).toBe(true);
  abort.abort();
  void running;
});

test('the wait ends with the page', async () => {
  const live = new Live(() => Promise.reject(new AppError('unauthorized', 'This needs the token.')));
  const abort = new AbortController();
  const running = live.run(abort.signal);
  await vi.waitUntil(() => live.refused, 30_000);
  abort.abort();
  await running;
});
