import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { limitBody } from './limited-body.ts';

const LIMITS = { most: 10, patience: 100 };

function posted(body: string | ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' });
}

function pieces(...parts: (string | number)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      for (const part of parts) {
        if (typeof part === 'number') await setTimeout(part);
        else controller.enqueue(Buffer.from(part));
      }
      controller.close();
    },
  });
}

test('a body within the limits passes as it is', async () => {
  expect(await limitBody(posted('0123456789'), LIMITS).text()).toBe('0123456789');
  expect(await limitBody(posted(pieces('01234', 50, '56789')), LIMITS).text()).toBe('0123456789');
  const bare = new Request('http://localhost/');
  expect(limitBody(bare, LIMITS)).toBe(bare);
});

test('a length that is announced and too large is refused before anything is read', () => {
  expect(() => limitBody(posted('x', { 'content-length': '11' }), LIMITS)).toThrow(/larger than 10 bytes/);
});

test('what comes beyond the limit fails the reading', async () => {
  const read = limitBody(posted(pieces('01234', '56789', 'x')), LIMITS).text();
  await expect(read).rejects.toMatchObject({ code: 'too_large' });
});

test('a body that stands still fails the reading; one that only takes its time does not', async () => {
  await expect(limitBody(posted(pieces('0', 400, '1')), LIMITS).text()).rejects.toMatchObject({ code: 'timeout' });
  expect(await limitBody(posted(pieces('0', 60, '1', 60, '2', 60, '3')), LIMITS).text()).toBe('0123');
});

test('a body that breaks off is an interruption', async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });
  await expect(limitBody(posted(broken), LIMITS).text()).rejects.toMatchObject({ code: 'interrupted' });
});
