import { expect, test } from 'vitest';
import type { LibraryEvent, PlacedEvent } from '../../../src-shared/contract/events.ts';
import { createEvents } from './service.ts';

const event: LibraryEvent = { topic: 'reset' };

async function take(stream: AsyncGenerator<PlacedEvent, void>, count: number): Promise<string[]> {
  const positions: string[] = [];
  while (positions.length < count) positions.push(((await stream.next()).value as PlacedEvent).position);
  return positions;
}

test('each reader gets each event once, in order, also when it comes back', async () => {
  const events = createEvents();
  const { signal } = new AbortController();
  const readers = [events.watch({ signal }), events.watch({ signal })];
  const reading = readers.map((reader) => take(reader, 5));
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 5; i++) events.publish(event);
  const [a, b] = await Promise.all(reading);
  expect(a).toEqual(b);
  expect(new Set(a).size).toBe(5);
  const back = await take(events.watch({ after: a![1], signal }), 3);
  expect(back).toEqual(a!.slice(2));
});

test('a place of another process, of too long ago, or made up: a reset, and then what happens next', async () => {
  const events = createEvents({ kept: 3 });
  const { signal } = new AbortController();
  for (let i = 0; i < 10; i++) events.publish(event);
  const [last] = await take(events.watch({ after: 'elsewhere-3', signal }), 1);
  const epoch = last!.split('-')[0]!;
  for (const after of [`${epoch}-2`, `${epoch}-99`, `${epoch}-x`, '']) {
    const stream = events.watch({ after, signal });
    expect(await take(stream, 1)).toEqual([last]);
    await stream.return();
  }
  const kept = events.watch({ after: `${epoch}-7`, signal });
  expect(await take(kept, 2)).toEqual([`${epoch}-8`, `${epoch}-9`]);
});

test('a reader that is too slow is told so, and goes on with what is new', async () => {
  const events = createEvents({ kept: 3 });
  const { signal } = new AbortController();
  const stream = events.watch({ signal });
  const first = take(stream, 1);
  await new Promise((resolve) => setImmediate(resolve));
  events.publish(event);
  await first;
  for (let i = 1; i < 20; i++) events.publish(event);
  const [reset] = await take(stream, 1);
  expect(reset).toMatch(/-19$/);
  const next = take(stream, 1);
  events.publish(event);
  expect((await next)[0]).toMatch(/-20$/);
});

test('ends with the signal', async () => {
  const abort = new AbortController();
  const next = createEvents().watch({ signal: abort.signal }).next();
  abort.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});
