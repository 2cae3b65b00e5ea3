import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.ts';

const UNITS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 };

/** @throws AppError usage, naming the nearest */
export function settingName(text: string): SettingName {
  const name = SETTING_NAMES.find((known) => known === text);
  if (name) return name;
  const guess = nearest(text, SETTING_NAMES);
  throw new AppError('usage', `There is no setting "${text}".`, {
    hint: guess ? `Did you mean "${guess}"?` : `There are ${SETTING_NAMES.join(', ')}.`,
  });
}

/**
 * A setting as a person types it: `true`, `20M`, `none`, `bucket,timm`.
 * @throws AppError usage with what may be given
 */
export function parseSetting<Name extends SettingName>(name: Name, text: string): Settings[Name] {
  return checkSetting(name, valueOf(name, text.trim()), text);
}

/** @throws AppError usage with what may be given */
export function checkSetting<Name extends SettingName>(name: Name, value: unknown, shown?: string): Settings[Name] {
  const { schema, values } = SETTINGS[name];
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output as Settings[Name];
  throw new AppError('usage', `${name} can't be ${shown ?? JSON.stringify(value)}.`, {
    hint: `It takes ${values}.`,
    details: { setting: name },
  });
}

function valueOf(name: SettingName, text: string): unknown {
  if (name === 'mirrors') return text.split(',').map((kind) => kind.trim());
  if (text === 'none' && name !== 'telemetry') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmg])(?:b(?:\/s)?)?$/i.exec(text) ?? [];
  return digits === undefined || name !== 'bandwidth' ? text : Math.round(Number(digits) * UNITS[unit!.toLowerCase()]!);
}

/** A setting's value as `parseSetting` reads it. */
export function formatSetting(value: Settings[SettingName]): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(',') : String(value);
}
