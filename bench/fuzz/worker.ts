// `worker.ts FROM TO SEED FOLDER`: opens one damaged file after the other and tells of each in a line of JSON.
import { readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FuzzLine } from '../fuzz.ts';
import { makeCorpus } from './corpus.ts';
import { FLOOR, judge } from './judge.ts';
import { randomOf } from './random.ts';
import { takeLargest, watchAllocations } from './watch-allocations.ts';

const [from, to, seed] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const root = join(process.argv[5]!, String(from));
watchAllocations();
const subjects = await makeCorpus(root);

/** Descriptors of this process; nothing where the system doesn't tell. */
const openFiles = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
const openBefore = openFiles();

for (let number = from; number < to; number++) {
  const subject = subjects[number % subjects.length]!;
  const random = randomOf(seed * 1_000_003 + number);
  const mutated = subject.mutate(subject.original, random);
  await writeFile(subject.path, mutated);
  takeLargest();
  const before = process.cpuUsage();
  let held = 0;
  let same = true;
  const error: unknown = await subject.load().then(
    (loaded) => {
      held = loaded.held;
      same = subject.exactly === null || subject.exactly.hash === loaded.hash;
    },
    (thrown: unknown) => thrown ?? new Error('nothing was thrown'),
  );
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const bytes = mutated.length + subject.besides;
  const largest = takeLargest();
  await writeFile(subject.path, subject.original);
  const line: FuzzLine = {
    case: number,
    subject: subject.name,
    verdict: judge({ error, same, seconds, largest, held, bytes, left: openFiles() - openBefore }),
    seconds,
    ratio: largest <= Math.max(FLOOR, held) ? 0 : largest / bytes,
    peak: process.resourceUsage().maxRSS / 1024,
    ...(to - from === 1 && error instanceof Error ? { message: error.stack ?? error.message } : {}),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
await rm(root, { recursive: true, force: true });
