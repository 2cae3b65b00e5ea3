import { app, Menu, shell } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import packageJson from '../../../package.json' with { type: 'json' };
import { strings } from './strings.ts';

export interface MenuActions {
  /** Shows an address of the window. */
  go: (hash: string) => void;
  openFile: () => void;
  showLibrary: () => void;
}

/** Addresses of the project, where the package names any. */
const { homepage, bugs } = packageJson as { homepage?: string; bugs?: { url?: string } };
const text = strings.menu;

/** The menu as each platform has it: macOS's of the app itself, elsewhere settings and quit below File. */
export function installMenu(actions: MenuActions): void {
  const mac = process.platform === 'darwin';
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, { mac, development: !app.isPackaged })));
}

export function menuTemplate(
  actions: MenuActions,
  { mac, development }: { mac: boolean; development: boolean },
): MenuItemConstructorOptions[] {
  const line: MenuItemConstructorOptions = { type: 'separator' };
  const settings: MenuItemConstructorOptions = {
    label: text.settings,
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.go('#/settings'),
  };
  const ofApp: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      line,
      settings,
      line,
      ...(['services', 'hide', 'hideOthers', 'unhide'] as const).map((role) => ({ role })),
      line,
      { role: 'quit' },
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: text.file,
    submenu: [
      { label: text.newRun, accelerator: 'CmdOrCtrl+N', click: () => actions.go('#/runs/new') },
      { label: text.open, accelerator: 'CmdOrCtrl+O', click: actions.openFile },
      line,
      { label: text.library, click: actions.showLibrary },
      line,
      ...(mac ? [{ role: 'close' } as const] : [settings, line, { role: 'quit' } as const]),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: text.view,
    submenu: [
      ...(['resetZoom', 'zoomIn', 'zoomOut'] as const).map((role) => ({ role })),
      line,
      { role: 'togglefullscreen' },
      ...(development ? [line, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
    ],
  };
  const places = Object.entries(text.places).map(([name, label], index) => ({
    label,
    accelerator: `CmdOrCtrl+${index + 1}`,
    click: () => actions.go(`#/${name}`),
  }));
  const help: MenuItemConstructorOptions[] = [
    ...web(text.documentation, homepage),
    ...web(text.bug, bugs?.url),
    ...(mac ? [] : [{ role: 'about' } as const]),
  ];
  return [
    ...(mac ? [ofApp] : []),
    file,
    { role: 'editMenu' },
    view,
    { label: text.go, submenu: places },
    { role: 'windowMenu' },
    { role: 'help', submenu: help },
  ];
}

/** A link into the person's browser; none where there is no address. */
function web(label: string, address: string | undefined): MenuItemConstructorOptions[] {
  return address?.startsWith('https:') ? [{ label, click: () => void shell.openExternal(address) }] : [];
}
