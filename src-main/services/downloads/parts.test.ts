import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BACKOFF, backoffMs } from './backoff.ts';
import { claimsOf, contentRange, NO_CLAIMS } from './claims.ts';
import { crc32c } from '../../../src-shared/crc32c.ts';
import { crc32cBase64 } from './crc32c-base64.ts';
import { openPartFile } from './part-file.ts';
import { Speedometer } from './speedometer.ts';
import { createTokenBucket } from './token-bucket.ts';

test('CRC-32C: the values of RFC 3720, B.4, and whatever the pieces', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa');
  expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43');
  expect(crc32c(ascending).toString(16)).toBe('46dd794e');
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
  const bytes = randomBytes(10_001);
  for (const cut of [0, 1, 7, 8, 5000, 10_001]) {
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
  }
  expect(crc32cBase64(0xe3069283)).toBe('4waSgw==');
});

describe('claims', () => {
  const md5 = createHash('md5').update('x').digest('hex');
  const claims = (headers: Record<string, string>) => claimsOf(headers, { encoded: false, total: 5 });

  test('hashes, strong ETags, and none of a compressed body', () => {
    expect(claims({ 'x-goog-hash': 'crc32c=n03x6A==, md5=Ojk9c3dhfxgoKVVHYwFbHQ==', etag: '"a"' })).toMatchObject({
      crc32c: 'n03x6A==',
      md5: 'Ojk9c3dhfxgoKVVHYwFbHQ==',
      etag: '"a"',
      etagMd5: null,
      total: 5,
    });
    expect(claims({ etag: 'W/"a"' }).etag).toBeNull();
    expect(claims({ 'x-goog-hash': 'md5=<script>' }).md5).toBeNull();
    expect(claimsOf({ etag: '"a"' }, { encoded: true, total: 5 })).toEqual(NO_CLAIMS);
  });

  test('an ETag is held to as an MD5 only where a storage service says so', () => {
    expect(claims({ etag: `"${md5}"` }).etagMd5).toEqual({ hex: md5, binding: false });
    expect(claims({ etag: `"${md5}"`, 'x-amz-request-id': '1' }).etagMd5?.binding).toBe(true);
    const encrypted = { 'x-amz-request-id': '1', 'x-amz-server-side-encryption': 'aws:kms' };
    expect(claims({ etag: `"${md5}"`, ...encrypted }).etagMd5?.binding).toBe(false);
    expect(claims({ etag: `"${md5}-12"`, 'x-amz-request-id': '1' }).etagMd5).toBeNull();
  });

  test.each([
    ['bytes 5-9/10', { from: 5, to: 9, total: 10 }],
    ['bytes 5-9/*', { from: 5, to: 9, total: null }],
    ['bytes 5-10/10', null],
    ['bytes 9-5/10', null],
    ['bytes */10', null],
    ['items 5-9/10', null],
    ['bytes 5-99999999999999999999/*', null],
  ])('Content-Range %s', (text, expected) => expect(contentRange({ 'content-range': text })).toEqual(expected));
});

describe('backoff', () => {
  const always = (random: number) => ({ random: () => random });

  test('doubles up to its longest, with half of it left to chance', () => {
    expect([2, 3, 4, 5].map((n) => backoffMs(n, BACKOFF, always(1)))).toEqual([1000, 2000, 4000, 8000]);
    expect(backoffMs(2, BACKOFF, always(0))).toBe(500);
    expect(backoffMs(40, BACKOFF, always(1))).toBe(60_000);
  });

  test('keeps to Retry-After, in seconds or as a date, within reason', () => {
    expect(backoffMs(2, BACKOFF, { retryAfter: '7' })).toBe(7000);
    const date = new Date(Date.now() + 30_000).toUTCString();
    expect(backoffMs(2, BACKOFF, { retryAfter: date })).toBeGreaterThan(28_000);
    expect(backoffMs(2, BACKOFF, { retryAfter: '601' })).toBeNull();
    expect(backoffMs(2, BACKOFF, { retryAfter: 'soon', ...always(1) })).toBe(1000);
  });
});

describe('part file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-part-'));
    path = join(folder, 'x');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = async (flushed: string, lost: string): Promise<void> => {
    const part = await openPartFile(path);
    await part.restart('key', { ...NO_CLAIMS, etag: '"a"' });
    await part.write(Buffer.from(flushed));
    await part.flush();
    await part.write(Buffer.from(lost));
    await part.close();
  };

  test('opened again it holds what was flushed, and no more', async () => {
    await write('safe', ' and not');
    const part = await openPartFile(path);
    expect(part).toMatchObject({ bytes: 4, key: 'key', claims: { etag: '"a"' } });
    await part.write(Buffer.from('!'));
    await part.close();
    expect(readFileSync(path, 'utf8')).toBe('safe!');
  });

  test('a journal that promises more than is there, is damaged, or has no file: begun anew', async () => {
    for (const spoil of [
      () => truncateSync(path, 2),
      () => writeFileSync(`${path}.journal`, '{"format":"vitrine-download"'),
      () =>
        writeFileSync(
          `${path}.journal`,
          '{"format":"vitrine-download","version":1,"key":"key","claims":{},"bytes":-1}',
        ),
      () => rmSync(path),
    ]) {
      await write('safe', '');
      spoil();
      const part = await openPartFile(path);
      expect(part.bytes).toBe(0);
      await part.close();
    }
  });

  test('begun anew, nothing is promised before the next flush', async () => {
    await write('safe', '');
    const part = await openPartFile(path);
    await part.restart('other', NO_CLAIMS);
    await part.close();
    const again = await openPartFile(path);
    expect(again).toMatchObject({ bytes: 0, key: null });
    await again.close();
  });
});

test('the bucket: what is overdrawn is waited for, and a stop is heeded', async () => {
  const signal = new AbortController().signal;
  const bucket = createTokenBucket(100_000);
  const start = performance.now();
  await bucket.take(20_000, signal);
  await bucket.take(20_000, signal);
  const seconds = (performance.now() - start) / 1000;
  expect(seconds).toBeGreaterThan(0.3);
  expect(seconds).toBeLessThan(3);
  const abort = new AbortController();
  const waiting = bucket.take(1e9, abort.signal);
  abort.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  const lifted = bucket.take(1e9, signal);
  bucket.setRate(null);
  await lifted;
});

test('the speed is that of the last seconds, and a new beginning is none', () => {
  const meter = new Speedometer();
  expect(meter.bytesPerSecond()).toBeNull();
  for (let s = 0; s <= 20; s++) meter.add(s < 10 ? s * 1000 : 10_000 + (s - 10) * 50, s * 1000);
  expect(meter.bytesPerSecond(20_000)).toBeCloseTo(50, 0);
  expect(meter.bytesPerSecond(40_000)).toBeLessThan(20); // nothing has come since
  meter.add(0, 41_000);
  expect(meter.bytesPerSecond(41_000)).toBeNull();
});
