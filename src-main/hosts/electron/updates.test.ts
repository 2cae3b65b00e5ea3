// Looking for new versions, with an updater and a session that only say what they were asked.
import { EventEmitter } from 'node:events';
import type { Session } from 'electron';
import type { AppUpdater } from 'electron-updater';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Network } from '../../services/network/service.ts';
import { electron, told } from './stand-in.fixture.ts';
import { lookForUpdates } from './updates.ts';
import type { UpdatesOptions } from './updates.ts';

vi.mock('electron', () => electron);

type WebRequest = Record<'onBeforeRequest' | 'onCompleted' | 'onErrorOccurred', (listener: unknown) => void>;
const DAY = 24 * 3600_000;

let asked: { looked: number; downloaded: number };
let log: string[];
let requests: { address: string; result: unknown }[];
let settings: { updates: boolean; offline: boolean };
let onChange: (now: typeof settings) => void;
let updater: EventEmitter & { autoDownload: boolean; fails: boolean };
let listeners: Record<string, (details: object, decide?: (answer: object) => void) => void>;
let end: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  electron.app.isPackaged = true;
  [asked, log, requests, listeners] = [{ looked: 0, downloaded: 0 }, [], [], {}];
  settings = { updates: true, offline: false };
  end = new AbortController();
  const listen = (name: string) => (listener: unknown) => (listeners[name] = listener as (typeof listeners)[string]);
  const webRequest: WebRequest = {
    onBeforeRequest: listen('before'),
    onCompleted: listen('completed'),
    onErrorOccurred: listen('failed'),
  };
  updater = Object.assign(new EventEmitter(), {
    autoDownload: true,
    fails: false,
    netSession: { webRequest } as unknown as Session,
    checkForUpdates: async () => {
      asked.looked++;
      if (updater.fails) throw new Error('no such host');
    },
    downloadUpdate: async () => void asked.downloaded++,
  });
});

afterEach(() => {
  end.abort();
  electron.app.isPackaged = false;
  told.answers.length = told.questions.length = 0;
  vi.useRealTimers();
});

function begin(): void {
  const library = {
    settings: {
      current: () => settings,
      onChange: (listener: typeof onChange) => {
        onChange = listener;
        return () => {};
      },
    },
    network: {
      record: ({ address }: { address: string }) => {
        const request = { address, result: null as unknown };
        requests.push(request);
        return { end: (result: unknown) => (request.result = result) };
      },
    } as unknown as Network,
  };
  lookForUpdates({
    library: library as unknown as UpdatesOptions['library'],
    onLog: (line) => log.push(line),
    load: async () => updater as unknown as AppUpdater,
    signal: end.signal,
  });
}

const later = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

test('once a day, the first time when the window has come', async () => {
  begin();
  await later(10_000);
  expect(asked.looked).toBe(0);
  await later(20_000);
  expect(asked.looked).toBe(1);
  await later(2 * DAY);
  expect(asked.looked).toBe(3);
  end.abort();
  await later(5 * DAY);
  expect(asked.looked).toBe(3);
});

test.each([
  ['switched off, as it is at first', () => (settings.updates = false)],
  ['offline', () => (settings.offline = true)],
  ['outside a package', () => (electron.app.isPackaged = false)],
])('never %s', async (_name, arrange) => {
  arrange();
  begin();
  await later(3 * DAY);
  expect(asked.looked).toBe(0);
});

test('switched on, it looks at once; switched off, no more', async () => {
  settings.updates = false;
  begin();
  settings.updates = true;
  onChange(settings);
  await later(0);
  expect(asked.looked).toBe(1);
  onChange(settings); // another setting has changed
  await later(0);
  expect(asked.looked).toBe(1);
  settings.updates = false;
  onChange(settings);
  await later(3 * DAY);
  expect(asked.looked).toBe(1);
});

test('nothing is downloaded but after a yes; then quitting is offered', async () => {
  begin();
  await later(30_000);
  expect(updater.autoDownload).toBe(false);
  told.answers.push(1); // later
  updater.emit('update-available', { version: '1.2.3' });
  await later(0);
  expect(told.questions.at(-1)!.message).toContain('1.2.3');
  expect(asked.downloaded).toBe(0);
  told.answers.push(0);
  updater.emit('update-available', { version: '1.2.3' });
  await later(0);
  expect(asked.downloaded).toBe(1);
  const { quits } = told;
  told.answers.push(1, 0); // later, then now
  updater.emit('update-downloaded', { version: '1.2.3' });
  await later(0);
  expect(told.quits).toBe(quits);
  updater.emit('update-downloaded', { version: '1.2.3' });
  await later(0);
  expect(told.quits).toBe(quits + 1);
});

test('a look that fails is a line in the log, and the next day has another', async () => {
  updater.fails = true;
  begin();
  await later(30_000);
  expect(log).toEqual(['no look for updates: no such host']);
  updater.fails = false;
  await later(DAY);
  expect(asked.looked).toBe(2);
  expect(log).toHaveLength(1);
});

test('each of its requests is written down, redirects too, and none goes out offline', async () => {
  begin();
  await later(30_000);
  const decided: object[] = [];
  const ask = (id: number, url: string) => listeners['before']!({ id, url }, (answer) => decided.push(answer));
  ask(1, 'https://example.org/latest.yml?key=secret');
  ask(1, 'https://example.com/latest.yml');
  listeners['completed']!({ id: 1, statusCode: 200, responseHeaders: { 'Content-Length': ['345'] } });
  ask(2, 'https://example.org/other');
  listeners['failed']!({ id: 2, error: 'net::ERR_FAILED' });
  settings.offline = true;
  ask(3, 'https://example.org/more');
  expect(decided).toEqual([{}, {}, {}, { cancel: true }]);
  expect(requests.map(({ result }) => result)).toEqual([
    { status: 302, bytes: 0, error: null },
    { status: 200, bytes: 345, error: null },
    { status: null, bytes: 0, error: 'net::ERR_FAILED' },
  ]);
  expect(requests[0]!.address).not.toContain('secret');
});
