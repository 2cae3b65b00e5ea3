import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createKept } from './kept.ts';
import { electron } from './stand-in.fixture.ts';
import { fitted, keepWindowState, openingBounds } from './window-state.ts';

vi.mock('electron', () => electron);

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 };
/** To the left of it. */
const SECOND = { x: -1280, y: 100, width: 1280, height: 1024 };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-state-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(home, { recursive: true, force: true });
});

test.each([
  ['where it was', { x: 100, y: 50, width: 1000, height: 700 }, { x: 100, y: 50, width: 1000, height: 700 }],
  [
    'on the second display',
    { x: -1200, y: 200, width: 900, height: 700 },
    { x: -1200, y: 200, width: 900, height: 700 },
  ],
  ['partly beyond the edge', { x: 1800, y: 0, width: 900, height: 700 }, { x: 1800, y: 0, width: 900, height: 700 }],
  ['too far beyond it: in the middle', { x: 1860, y: 0, width: 900, height: 700 }, { width: 900, height: 700 }],
  ['its title bar above the top', { x: 100, y: -60, width: 900, height: 700 }, { width: 900, height: 700 }],
  ['larger than the display', { x: 0, y: 0, width: 4000, height: 3000 }, { x: 0, y: 0, width: 1920, height: 1080 }],
  ['smaller than it may be', { x: 0, y: 0, width: 100, height: 100 }, { x: 0, y: 0, width: 720, height: 480 }],
])('a window opens %s', (_name, bounds, expected) => {
  expect(fitted(bounds, [SCREEN, SECOND])).toEqual(expected);
});

test('on a display that is gone it keeps its size alone', () => {
  expect(fitted({ x: -1200, y: 200, width: 900, height: 700 }, [SCREEN])).toEqual({ width: 900, height: 700 });
});

test('the first time it has a size of its own; what was kept is damaged: the same', () => {
  expect(openingBounds(createKept(home))).toEqual({ width: 1280, height: 820 });
  writeFileSync(join(home, 'desktop.json'), '{"bounds": {"x": "left"}}');
  expect(openingBounds(createKept(home))).toEqual({ width: 1280, height: 820 });
});

test('it is kept once it rests and when it closes, and is there at the next start', () => {
  vi.useFakeTimers();
  let bounds = { x: 10, y: 10, width: 1000, height: 700 };
  const window = Object.assign(new EventEmitter(), {
    getNormalBounds: () => bounds,
    isMaximized: () => true,
    isDestroyed: () => false,
  });
  const kept = createKept(home);
  keepWindowState(window as unknown as BrowserWindow, kept);
  for (let x = 20; x <= 50; x += 10) {
    bounds = { ...bounds, x };
    window.emit('move');
    vi.advanceTimersByTime(100);
  }
  expect(kept.current().bounds).toBeNull(); // it still moves
  vi.advanceTimersByTime(400);
  expect(createKept(home).current()).toMatchObject({ bounds: { x: 50 }, maximized: true });
  bounds = { ...bounds, width: 800 };
  window.emit('close');
  expect(openingBounds(createKept(home))).toEqual({ x: 50, y: 10, width: 800, height: 700 });
});
