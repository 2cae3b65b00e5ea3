import { app, BrowserWindow, dialog, powerMonitor } from 'electron';
import type { Quit } from './quit.ts';
import type { Farewell } from './quit.ts';
import { strings } from './strings.ts';

/** How long the system waits for a program when it shuts down, about, ms: less than it gives. */
const SHUTDOWN_MS = 8000;
const ANSWERS: readonly Farewell[] = ['pause', 'stop', 'cancel'];

/** Asks once what becomes of trainings that end with the app. */
export async function askFarewell(names: readonly string[]): Promise<Farewell> {
  const { title, detail, pause, stop, cancel } = strings.quit;
  const question = {
    type: 'question' as const,
    message: title(names),
    detail: names.length === 1 ? detail : `${names.map((name) => `“${name}”`).join(', ')}\n\n${detail}`,
    buttons: [pause, stop, cancel],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  };
  const [window] = BrowserWindow.getAllWindows();
  const { response } = await (window ? dialog.showMessageBox(window, question) : dialog.showMessageBox(question));
  return ANSWERS[response] ?? 'cancel';
}

/** Lets the app end only when its trainings have, whoever wants it to end: a person, the system, a signal. */
export function leaveInOrder(quit: Quit, onBug: (error: unknown) => void): void {
  let decided = false;
  const leave = (prepared: Promise<boolean>): void => {
    void prepared
      .catch((error: unknown) => {
        onBug(error);
        return true; // what can't be ended in order must not keep the app from ending
      })
      .then((may) => {
        if (!may) return;
        decided = true;
        app.quit();
      });
  };
  app.on('before-quit', (event) => {
    if (decided || quit.going().length === 0) return;
    event.preventDefault();
    leave(quit.prepare());
  });
  // Elsewhere the last window takes the app along: the question comes while there is one to ask over.
  app.on('browser-window-created', (_created, window) => {
    window.on('close', (event) => {
      if (process.platform === 'darwin' || decided || quit.going().length === 0) return;
      event.preventDefault();
      app.quit();
    });
    window.on('query-session-end', systemEnds); // Windows
  });
  powerMonitor.on('shutdown', systemEnds);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => systemEnds());

  function systemEnds(event?: { preventDefault: () => void }): void {
    if (decided || quit.going().length === 0) {
      if (event === undefined) app.quit();
      return;
    }
    event?.preventDefault();
    leave(quit.pauseWithin(SHUTDOWN_MS).then(() => true));
  }
}
