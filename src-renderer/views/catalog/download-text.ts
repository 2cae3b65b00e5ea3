import type { Download } from '../../../src-shared/contract/downloads.ts';
import { formatBytes, formatDuration } from '../../ui/format.ts';
import { strings } from './strings.ts';

const { downloads: texts } = strings;

/** Where a download stands, in a line: bytes, speed, time left, or what it waits for. */
export function standing(download: Download): string {
  const { state, bytes, total, bytesPerSecond, etaSeconds, note, failure } = download;
  if (state === 'failed') return failure?.message ?? texts.states.failed;
  const amount = total === null ? formatBytes(bytes) : texts.amount(formatBytes(bytes), formatBytes(total));
  if (state === 'done') return formatBytes(bytes);
  return [
    amount,
    ...(bytesPerSecond === null ? [] : [`${formatBytes(bytesPerSecond)}/s`]),
    ...(etaSeconds === null ? [] : [texts.left(formatDuration(etaSeconds))]),
    ...(note === null ? [] : [note]),
  ].join(' · ');
}

/** The part that is there, 0 to 1; null where nobody has said how much there is. */
export function shareOf({ state, bytes, total }: Download): number | null {
  if (state === 'done') return 1;
  return total === null || total === 0 ? null : Math.min(1, bytes / total);
}

/** Bytes that the queue still needs on the disk, as far as it is known. */
export function missingBytes(list: readonly Download[]): number {
  const open = list.filter(({ state }) => state !== 'done' && state !== 'failed');
  return open.reduce((sum, { bytes, total }) => sum + Math.max(0, (total ?? 0) - bytes), 0);
}

/** Whether a host refused: AugReg's bucket does at times, and a mirror or a file helps. */
export function wasRefused({ attempts, failure }: Download): boolean {
  return [...attempts.map(({ why }) => why), failure?.message ?? ''].some((why) => /\b403\b/.test(why));
}

/** What the content agreed with, in one line. */
export function evidenceText({ evidence }: Download): string {
  return evidence.map((one) => one.replace(/,$/, '')).join('; ');
}
