import { app, BrowserWindow, Notification } from 'electron';
import type { LibraryEvent } from '../../../src-shared/contract/events.ts';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import type { Library } from '../../app/library.ts';
import { strings } from './strings.ts';

export interface RunEndsOptions {
  library: Pick<Library, 'events' | 'runs'>;
  /** Brings the window to the front at an address. */
  show: (hash: string) => void;
  signal: AbortSignal;
}

const UNDER_WAY: readonly RunSummary['state'][] = ['preparing', 'running', 'pausing'];

/**
 * Says outside of the window how trainings stand: a bar at the app's icon while they go, a notification when one ends and
 * nobody looks, and at the icon how many ended unseen. Ends with the signal or the library.
 */
export async function tellRunEnds({ library, show, signal }: RunEndsOptions): Promise<void> {
  const going = new Map<string, { step: number; totalSteps: number }>();
  const shown = new Set<Notification>(); // those that are not held are collected, and their clicks with them
  let unseen = 0;
  const drawBar = (): void => BrowserWindow.getAllWindows().forEach((window) => window.setProgressBar(shareOf(going)));
  const count = (ended: number): void => void app.setBadgeCount((unseen = ended));
  const seen = (): void => count(0);
  app.on('browser-window-focus', seen);

  const told = (run: RunSummary): void => {
    if (run.state !== 'finished' && run.state !== 'failed') return;
    if (BrowserWindow.getFocusedWindow() !== null) return; // the window says it
    count(unseen + 1);
    if (!Notification.isSupported()) return;
    const text =
      run.state === 'finished'
        ? strings.ended.finished(run.name)
        : strings.ended.failed(run.name, run.error?.message ?? null);
    const notification = new Notification(text);
    shown.add(notification);
    notification.on('click', () => show(`#/runs/${run.id}`));
    notification.on('close', () => shown.delete(notification));
    notification.show();
  };
  const hear = (event: LibraryEvent): void => {
    if (event.topic === 'runs') {
      const { id, run } = event;
      const was = going.has(id);
      if (run && UNDER_WAY.includes(run.state)) going.set(id, run);
      else going.delete(id);
      if (was && run) told(run);
    } else if (event.topic === 'run' && event.change.type === 'progress' && going.has(event.id)) {
      going.set(event.id, event.change);
    } else return;
    drawBar();
  };

  for (const run of library.runs.list({ limit: 1000, offset: 0 }).runs)
    if (UNDER_WAY.includes(run.state)) going.set(run.id, run);
  drawBar();
  try {
    for await (const { event } of library.events.watch({ signal })) hear(event);
  } finally {
    app.off('browser-window-focus', seen);
  }
}

/** How much of all steps is done, 0 to 1; -1 takes the bar away. */
export function shareOf(going: ReadonlyMap<string, { step: number; totalSteps: number }>): number {
  let [done, total] = [0, 0];
  for (const { step, totalSteps } of going.values()) {
    done += Math.min(step, totalSteps);
    total += totalSteps;
  }
  return total === 0 ? -1 : done / total;
}
