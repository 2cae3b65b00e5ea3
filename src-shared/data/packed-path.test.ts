import { expect, test } from 'vitest';
import { fileOfPath, packedPath, packedPlace } from './packed-path.ts';

test('a place goes into a path and comes back', () => {
  const place = { file: '/data/a b/train.tfrecord-00000-of-00002', offset: 2 ** 40 + 3, length: 52_210 };
  expect(packedPlace(packedPath(place))).toEqual(place);
  expect(fileOfPath(packedPath(place))).toBe(place.file);
});

test.each(['/data/a.jpg', '/data/1+2', '/data/a.jpg#1', '/data//a', '/data//1+', '/data//-1+5'])(
  '%s is a file',
  (path) => {
    expect(packedPlace(path)).toBeNull();
    expect(fileOfPath(path)).toBe(path);
  },
);
