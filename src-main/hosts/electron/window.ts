import { BrowserWindow, nativeTheme } from 'electron';
import { PRELOAD_FILE } from '../../places.ts';
import { ORIGIN } from './addresses.ts';
import { closeSession } from './closed-doors.ts';
import { survivesCrashes } from './crashes.ts';
import type { Kept } from './kept.ts';
import { keepWindowState, MIN_SIZE, openingBounds } from './window-state.ts';

export interface WindowOptions {
  kept: Kept;
  log: (line: string) => void;
}

/** The page's own background (src-renderer/ui/tokens.css, --bg): nothing flashes before it is drawn. */
const background = (): string => (nativeTheme.shouldUseDarkColors ? '#111419' : '#f8f9fc');

/** Opens the window at an address of Vitrine's own; where it is there already, brings it to the front and goes there. */
export function showWindow(options: WindowOptions, hash = ''): BrowserWindow {
  const [open] = BrowserWindow.getAllWindows();
  if (!open) return openWindow(options, hash);
  if (hash !== '') void open.loadURL(`${ORIGIN}/${hash}`);
  if (open.isMinimized()) open.restore();
  open.show();
  open.focus();
  return open;
}

function openWindow({ kept, log }: WindowOptions, hash: string): BrowserWindow {
  const window = new BrowserWindow({
    ...openingBounds(kept),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    show: false,
    title: 'Vitrine',
    backgroundColor: background(),
    webPreferences: {
      preload: PRELOAD_FILE,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
    },
  });
  closeSession(window.webContents.session);
  if (kept.current().maximized) window.maximize();
  keepWindowState(window, kept);
  survivesCrashes(window, log);
  const recolour = (): void => window.setBackgroundColor(background());
  nativeTheme.on('updated', recolour);
  window.once('closed', () => nativeTheme.off('updated', recolour));
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${ORIGIN}/${hash}`);
  return window;
}
