import { plural } from '../../../../src-shared/data/file-names.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import {
  examine,
  NEAR_BITS,
  TINY_SIDE,
  type AlikeGroup,
  type Quality,
} from '../../../services/datasets/quality/examine.ts';
import { openDataset } from '../../../services/datasets/scan.ts';
import { homeFolder } from '../../../services/library/service.ts';
import type { CommandContext } from '../command.ts';
import { printable } from '../printable.ts';
import { ProgressBar } from '../progress-bar.ts';

/** Printed for a person of each kind; --json has all. */
const MOST = 20;
/** More bits and nearly everything is like everything. */
const MOST_BITS = 16;

/** `vitrine data check`: ends with 1 where something must be mended before a result can be trusted. */
export async function checkData(source: string, context: CommandContext): Promise<number> {
  const { distance, seed } = context.options;
  const bar = new ProgressBar({ quiet: context.json });
  const { signal } = context;
  const home = homeFolder();
  try {
    const dataset = await openDataset(source, {
      home,
      seed: Number(seed ?? 0),
      signal,
      onProgress: (done, total) => bar.show('reading', { done, total }),
    });
    const quality = await examine(dataset, {
      home,
      distance: bitsOf(distance as string | undefined),
      signal,
      onProgress: (phase, done, total) => bar.show(phase === 'check' ? 'decoding' : 'comparing', { done, total }),
    });
    bar.clear();
    const counts = countsOf(quality);
    const failed = counts.corrupt + counts.exactDuplicates + counts.exactLeaks + counts.nearLeaks > 0;
    if (context.json) context.emit({ root: dataset.root, ...counts, ...quality, notes: dataset.notes, sound: !failed });
    else print(quality, (text) => context.print(printable(text)));
    return failed ? 1 : 0;
  } finally {
    bar.clear();
  }
}

function bitsOf(text: string | undefined): number {
  const bits = Number(text ?? NEAR_BITS);
  if (Number.isInteger(bits) && bits >= 0 && bits <= MOST_BITS && text !== '') return bits;
  throw new AppError('usage', `--distance is a whole number from 0 to ${MOST_BITS}, not "${text}".`);
}

function countsOf({ bad, tiny, groups }: Quality): Record<string, number> & {
  corrupt: number;
  exactDuplicates: number;
  exactLeaks: number;
  nearLeaks: number;
} {
  const count = (kind: AlikeGroup['kind'], leak: boolean): number =>
    groups.filter((group) => group.kind === kind && group.leak === leak).length;
  return {
    corrupt: bad.length,
    tinyImages: tiny.length,
    exactDuplicates: count('exact', false),
    nearDuplicates: count('near', false),
    exactLeaks: count('exact', true),
    nearLeaks: count('near', true),
    conflicts: groups.filter(({ conflict }) => conflict).length,
  };
}

function print({ images, bad, tiny, groups, imbalance, distance }: Quality, line: (text: string) => void): void {
  const section = <T>(title: string, found: readonly T[], tell: (one: T) => string): void => {
    line(`${title}: ${found.length === 0 ? 'none' : found.length.toLocaleString('en-US')}`);
    for (const one of found.slice(0, MOST)) line(`  ${tell(one)}`);
    if (found.length > MOST)
      line(`  … and ${(found.length - MOST).toLocaleString('en-US')} more; --json lists them all`);
  };
  const kind = (which: AlikeGroup['kind'], leak: boolean): AlikeGroup[] =>
    groups.filter((group) => group.kind === which && group.leak === leak);
  line(`${plural(images, 'image')} decoded and compared.`);
  section('Corrupt', bad, ({ name, reason }) => `${name}: ${reason}`);
  section(`Tiny (under ${TINY_SIDE} px)`, tiny, ({ name, width, height }) => `${name}: ${width} × ${height} px`);
  section('The same file in several splits', kind('exact', true), tellGroup);
  section(`The same picture in several splits (within ${distance} of 64 bits)`, kind('near', true), tellGroup);
  section('The same file twice', kind('exact', false), tellGroup);
  section(`The same picture twice (within ${distance} of 64 bits)`, kind('near', false), tellGroup);
  if (imbalance === null) return;
  const { largest, smallest, ratio, uneven, split } = imbalance;
  line(
    `Classes of "${split}": "${largest.class}" has ${plural(largest.images, 'image')}, "${smallest.class}" ${smallest.images}` +
      `${ratio === null ? '' : ` (${ratio.toFixed(1)} to 1)`}${uneven ? ': uneven, so look at each class and not at the accuracy alone' : ''}.`,
  );
}

function tellGroup({ images, conflict }: AlikeGroup): string {
  const names = images.map(
    ({ name, split, class: label }) => `${name} (${split}${conflict ? `, ${label ?? '?'}` : ''})`,
  );
  return `${names.join(' = ')}${conflict ? ' – of several classes' : ''}`;
}
