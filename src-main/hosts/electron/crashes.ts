import { app, dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import { strings } from './strings.ts';

/** Ends that nobody needs to be told of. */
const QUIET = ['clean-exit', 'killed'];

/** The window's own process may end without the app: says so, and offers to draw it again. */
export function survivesCrashes(window: BrowserWindow, onLog: (line: string) => void): void {
  let asking = false;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    onLog(`the window's process ended: ${reason} (${exitCode})`);
    if (asking || window.isDestroyed() || reason === 'clean-exit') return;
    asking = true;
    const { title, detail, reload, quit } = strings.crash;
    void dialog
      .showMessageBox(window, {
        type: 'error',
        message: title,
        detail: detail(reason),
        buttons: [reload, quit],
        defaultId: 0,
        cancelId: 0,
      })
      .then(({ response }) => {
        asking = false;
        if (response === 1) app.quit();
        else if (!window.isDestroyed()) window.webContents.reload();
      });
  });
  window.on('unresponsive', () => onLog('the window does not answer'));
  window.on('responsive', () => onLog('the window answers again'));
}

/** Chromium starts its GPU process again by itself; a worker's end is told by what it worked on. Kept for the log. */
export function logProcessEnds(onLog: (line: string) => void): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode, serviceName }) => {
    if (!QUIET.includes(reason)) onLog(`${serviceName ?? type} ended: ${reason} (${exitCode})`);
  });
}
