// `worker.ts FROM TO SEED FOLDER`: opens one damaged file after the other and tells of each in a line of JSON.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FuzzLine } from '../fuzz.ts';
import { makeCorpus } from './corpus.ts';
import { judge } from './judge.ts';
import { randomOf } from './random.ts';
import { takeLargest, watchAllocations } from './watch-allocations.ts';

const [from, to, seed] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const root = join(process.argv[5]!, String(from));
watchAllocations();
const subjects = await makeCorpus(root);

for (let number = from; number < to; number++) {
  const subject = subjects[number % subjects.length]!;
  const random = randomOf(seed * 1_000_003 + number);
  const mutated = subject.mutate(subject.original, random);
  await writeFile(subject.path, mutated);
  takeLargest();
  const before = process.cpuUsage();
  const error: unknown = await subject.load().then(
    () => undefined,
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
    verdict: judge({ error, seconds, largest, bytes }),
    seconds,
    ratio: largest <= 4096 ? 0 : largest / bytes,
    peak: process.resourceUsage().maxRSS / 1024,
    ...(to - from === 1 && error instanceof Error ? { message: error.stack ?? error.message } : {}),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
await rm(root, { recursive: true, force: true });
