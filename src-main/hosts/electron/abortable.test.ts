import { expect, test } from 'vitest';
import { abortable } from './abortable.ts';

test('letting go of an answer aborts the signal that the handler was given', async () => {
  const given: AbortSignal[] = [];
  const handler = abortable(async (request) => {
    given.push(request.signal);
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.from('first')) });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  const response = await handler(new Request('vitrine://app/rpc/system/events'));
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body!.getReader();
  expect(Buffer.from((await reader.read()).value).toString()).toBe('first');
  expect(given[0]!.aborted).toBe(false);
  await reader.cancel('the page was closed');
  expect(given[0]!.aborted).toBe(true);
});

test("the request's own signal still counts, and bodies go both ways", async () => {
  let seen: AbortSignal | undefined;
  const handler = abortable(async (request) => {
    seen = request.signal;
    return new Response(`got ${await request.text()}`, { status: 201 });
  });
  const abort = new AbortController();
  const request = new Request('vitrine://app/rpc/x', { method: 'POST', body: 'this', signal: abort.signal });
  const response = await handler(request);
  expect([response.status, await response.text()]).toEqual([201, 'got this']);
  abort.abort();
  expect(seen?.aborted).toBe(true);
});

test('an answer without a body stays one', async () => {
  const handler = abortable(async () => new Response(null, { status: 304 }));
  expect((await handler(new Request('vitrine://app/'))).body).toBeNull();
});
