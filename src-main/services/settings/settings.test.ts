import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LibraryEvent } from '../../../src-shared/contract/events.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { formatSetting, parseSetting, settingName } from '../../../src-shared/settings/parse-setting.ts';
import { defaultSettings, SETTING_NAMES, type SettingName } from '../../../src-shared/settings/settings.ts';
import { openDatabase, type Database } from '../../database/open.ts';
import { createEvents } from '../events/service.ts';
import { createSettings, type SettingsService } from './service.ts';

let database: Database;
let published: LibraryEvent[];
let settings: SettingsService;
const open = (): SettingsService =>
  createSettings({ database, events: { ...createEvents(), publish: (event) => void published.push(event) } });
beforeEach(() => {
  published = [];
  database = openDatabase(':memory:');
  settings = open();
});
afterEach(() => database.close());

test('unset, the defaults hold; set, they last, are told about, and go back', () => {
  expect(settings.current()).toEqual(defaultSettings());
  const heard: boolean[] = [];
  const forget = settings.onChange(({ offline }) => heard.push(offline));
  settings.set({ offline: true, bandwidth: 50_000 });
  expect(open().current()).toMatchObject({ offline: true, bandwidth: 50_000 });
  expect(settings.changed()).toEqual(['offline', 'bandwidth']);
  settings.reset(['bandwidth']);
  expect(settings.current().bandwidth).toBeNull();
  forget();
  settings.reset();
  expect(settings.current()).toEqual(defaultSettings());
  expect(heard).toEqual([true, true]);
  expect(published.map((event) => event.topic)).toEqual(['settings', 'settings', 'settings']);
});

test('one that is wrong keeps all of them out', () => {
  expect(() => settings.set({ offline: true, bandwidth: 3 })).toThrow("bandwidth can't be 3.");
  expect(() => settings.set({ mirrors: [] })).toThrow(AppError);
  expect(settings.current()).toEqual(defaultSettings());
  expect(published).toEqual([]);
});

test('what another version left is left alone', () => {
  const put = database.prepare('INSERT INTO settings VALUES (?, ?)');
  put.run('theme', '"sepia"');
  put.run('holograms', 'true');
  put.run('threads', 'no JSON');
  expect(open().current()).toEqual(defaultSettings());
  expect(open().changed()).toEqual([]);
});

test.each<[SettingName, string, unknown]>([
  ['offline', 'true', true],
  ['bandwidth', '500k', 500_000],
  ['bandwidth', '2.5MB/s', 2_500_000],
  ['bandwidth', 'none', null],
  ['mirrors', 'timm, bucket', ['timm', 'bucket']],
  ['threads', '4', 4],
  ['telemetry', 'none', 'none'],
])('%s typed as %s', (name, text, value) => {
  const parsed = parseSetting(name, text);
  expect(parsed).toEqual(value);
  expect(parseSetting(name, formatSetting(parsed))).toEqual(value);
});

test.each<[SettingName, string]>([
  ['offline', 'maybe'],
  ['offline', '1'],
  ['bandwidth', '-5'],
  ['bandwidth', '9k'],
  ['parallelDownloads', '9'],
  ['parallelDownloads', '1.5'],
  ['mirrors', ''],
  ['mirrors', 'bucket,elsewhere'],
  ['theme', 'none'],
  ['telemetry', 'all'],
])('%s refuses %j', (name, text) => {
  expect(() => parseSetting(name, text)).toThrow(`${name} can't be ${text}.`);
});

test('every setting has a default that it takes, and a mistyped name its neighbour', () => {
  settings.set(defaultSettings());
  expect(settings.changed()).toEqual(SETTING_NAMES);
  expect(() => settingName('ofline')).toThrow('There is no setting "ofline".');
});
