import type { Download } from '../../../src-shared/contract/downloads.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Client } from '../../app/in-process.ts';
import type { CommandContext } from './command.ts';
import { formatBytes } from './format-bytes.ts';
import { formatDuration, ProgressBar } from './progress-bar.ts';

/**
 * Shows downloads until each has ended, and gives them as they then are. Ctrl-C pauses them.
 * @param begin what starts them, once they are watched
 * @throws AppError interrupted
 */
export async function followDownloads(
  client: Client,
  context: Pick<CommandContext, 'signal' | 'json'>,
  begin: () => Promise<Download[]>,
): Promise<Download[]> {
  const bar = new ProgressBar({ quiet: context.json });
  const leave = new AbortController();
  const stop = (): void => leave.abort();
  context.signal.addEventListener('abort', stop, { once: true });
  const events = await client.system.events({}, { signal: leave.signal });
  const next = events.next(); // the stream begins with the first question
  const watched = new Map((await begin()).map((download) => [download.id, download]));
  const told = new Map<number, string>();
  try {
    const show = (download: Download): void => {
      const note = download.note ?? '';
      if (note !== '' && note !== told.get(download.id)) bar.say(note);
      told.set(download.id, note);
      if (download.state === 'running') bar.show(labelOf(download), progressOf(download));
    };
    for (let item = await next; !item.done && !isOver(watched); item = await events.next()) {
      const { event } = item.value;
      if (event.topic === 'reset') {
        const { downloads } = await client.downloads.list();
        for (const download of downloads) if (watched.has(download.id)) watched.set(download.id, download);
      } else if (event.topic === 'download-removed') {
        watched.delete(event.id);
      } else if (event.topic === 'download' && watched.has(event.download.id)) {
        watched.set(event.download.id, event.download);
        show(event.download);
      }
      if (isOver(watched)) break;
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    bar.clear();
    context.signal.removeEventListener('abort', stop);
    leave.abort();
  }
  if (!context.signal.aborted) return [...watched.values()];
  for (const { id, state } of watched.values()) if (state !== 'done') await client.downloads.pause({ id });
  throw new AppError('interrupted', 'Paused; what is there is kept.', { hint: '"vitrine download --resume" goes on.' });
}

function isOver(watched: ReadonlyMap<number, Download>): boolean {
  return [...watched.values()].every(({ state }) => state === 'done' || state === 'failed' || state === 'paused');
}

function labelOf({ name }: Download): string {
  return `${name.length > 40 ? `…${name.slice(-39)}` : name}, MB`;
}

function progressOf({ bytes, total, bytesPerSecond, etaSeconds }: Download): {
  done: number;
  total: number;
  facts: string[];
} {
  const facts = [
    ...(bytesPerSecond === null ? [] : [`${formatBytes(bytesPerSecond)}/s`]),
    ...(etaSeconds === null ? [] : [`${formatDuration(etaSeconds)} left`]),
  ];
  return { done: Math.round(bytes / 1e6), total: Math.round((total ?? bytes) / 1e6), facts };
}
