import type { MenuItemConstructorOptions } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';
import { electron } from './stand-in.fixture.ts';
import { menuTemplate } from './menu.ts';

vi.mock('electron', () => electron);

let went: string[];
const actions = { go: (hash: string) => void went.push(hash), openFile: () => {}, showLibrary: () => {} };
const menu = (mac: boolean, development = false) => menuTemplate(actions, { mac, development });

beforeEach(() => {
  went = [];
});

/** Every item, those of submenus behind their own. */
function flat(items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return items.flatMap((item) => [item, ...flat((item.submenu ?? []) as MenuItemConstructorOptions[])]);
}

const roles = (items: readonly MenuItemConstructorOptions[]) => flat(items).flatMap(({ role }) => role ?? []);

/** Presses an item as the system does. */
function press(items: readonly MenuItemConstructorOptions[], label: string): void {
  const click = flat(items).find((item) => item.label === label)!.click as () => void;
  click();
}

test('macOS has settings and quit below the app, others below File, each once', () => {
  const [ofApp, file] = menu(true);
  expect(ofApp!.role).toBe('appMenu');
  expect(roles([ofApp!])).toContain('quit');
  expect(roles([file!])).toEqual(['close']);
  expect(roles([menu(false)[0]!])).toEqual(['quit']);
  for (const mac of [true, false]) {
    expect(roles(menu(mac)).filter((role) => role === 'quit' || role === 'about')).toHaveLength(2);
    expect(flat(menu(mac)).filter(({ label }) => label === 'Settings…')).toHaveLength(1);
  }
});

test('no shortcut is given twice, and copy and paste are there', () => {
  for (const mac of [true, false]) {
    const keys = flat(menu(mac)).flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(roles(menu(mac))).toContain('editMenu');
  }
});

test('every place leads to an address of the window, in the rail’s order', () => {
  const places = ['catalog', 'data', 'runs', 'reports', 'playground', 'engine', 'settings'];
  const items = menu(false);
  const go = items.find(({ label }) => label === 'Go')!.submenu as MenuItemConstructorOptions[];
  for (const { label } of go) press(items, label!);
  press(items, 'Settings…');
  expect(went).toEqual(places.map((id) => `#/${id}`));
  press(items, 'New Run…');
  expect(went.at(-1)).toBe('#/runs/new');
});

test('a package has no reload and no developer tools', () => {
  expect(roles(menu(false, true))).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']));
  expect(roles(menu(false))).not.toEqual(expect.arrayContaining(['reload']));
  expect(roles(menu(false))).not.toEqual(expect.arrayContaining(['toggleDevTools']));
});
