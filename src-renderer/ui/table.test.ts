import { expect, test } from 'vitest';
import { moveCursor } from './table.ts';

test('the cursor moves by keys and stays inside', () => {
  const list = { count: 100, page: 20 };
  expect(moveCursor('j', 0, list)).toBe(1);
  expect(moveCursor('ArrowUp', 0, list)).toBe(0);
  expect(moveCursor('PageDown', 90, list)).toBe(99);
  expect(moveCursor('End', 3, list)).toBe(99);
  expect(moveCursor('Home', 3, list)).toBe(0);
  expect(moveCursor('x', 3, list)).toBeNull();
  expect(moveCursor('j', 0, { count: 0, page: 20 })).toBeNull();
});
