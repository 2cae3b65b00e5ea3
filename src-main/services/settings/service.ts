import type { Database } from '../../database/open.ts';
import { checkSetting } from '../../../src-shared/settings/parse-setting.ts';
import { defaultSettings, SETTING_NAMES } from '../../../src-shared/settings/settings.ts';
import type { SettingName, Settings } from '../../../src-shared/settings/settings.ts';
import type { Events } from '../events/service.ts';

export interface SettingsService {
  /** What holds now. */
  current(): Readonly<Settings>;
  /** Names of those that a person has set. */
  changed(): SettingName[];
  /** Sets all that are given, or none. @throws AppError usage */
  set(values: Partial<Settings>): void;
  /** Back to what holds unset. */
  reset(names?: readonly SettingName[]): void;
  /** Called after each change, with what holds then. Returns what ends that. */
  onChange(listener: (settings: Readonly<Settings>) => void): () => void;
}

/** The settings, kept in the library. What an older or later Vitrine left there that isn't understood counts as unset. */
export function createSettings({ database, events }: { database: Database; events: Events }): SettingsService {
  const rows = database.prepare<[], { name: string; value: string }>('SELECT name, value FROM settings');
  const put = database.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const remove = database.prepare('DELETE FROM settings WHERE name = ?');
  const listeners = new Set<(settings: Readonly<Settings>) => void>();

  const read = (): Partial<Settings> => {
    const found: Partial<Record<SettingName, unknown>> = {};
    for (const { name, value } of rows.all()) {
      const known = SETTING_NAMES.find((setting) => setting === name);
      if (known) found[known] = understood(known, value);
    }
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  };
  let stored = read();
  let current: Readonly<Settings> = { ...defaultSettings(), ...stored };

  const announce = (): void => {
    stored = read();
    current = { ...defaultSettings(), ...stored };
    events.publish({ topic: 'settings', settings: structuredClone(current) });
    for (const listener of listeners) listener(current);
  };

  return {
    current: () => current,
    changed: () => SETTING_NAMES.filter((name) => name in stored),
    set(values) {
      const checked = Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, JSON.stringify(checkSetting(name as SettingName, value))] as const);
      if (checked.length === 0) return;
      database.transaction(() => checked.forEach((entry) => put.run(...entry)))();
      announce();
    },
    reset(names = SETTING_NAMES) {
      database.transaction(() => names.forEach((name) => remove.run(name)))();
      announce();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function understood(name: SettingName, text: string): unknown {
  try {
    return checkSetting(name, JSON.parse(text));
  } catch {
    return undefined;
  }
}
