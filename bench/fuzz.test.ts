import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../src-shared/errors.ts';
import { makeCorpus, type Subject } from './fuzz/corpus.ts';
import { judge } from './fuzz/judge.ts';
import { randomOf } from './fuzz/random.ts';

/** Another sequence than the one of `npm run fuzz`, so that both together see more. */
const SEED = 20_000;
const COUNT = 2000;

interface Summary {
  cases: number;
  faults: unknown[];
  subjects: Record<string, { loaded: number; refused: number; faults: number }>;
}

function fuzz(...args: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'fuzz.ts'), ...args], (error, stdout) =>
      resolve({ code: error ? Number(error.code) : 0, stdout }),
    );
  });
}

it(
  `${COUNT} damaged checkpoints end in a clear error or a load, soon and in proportion`,
  { timeout: 180_000 },
  async () => {
    const { code, stdout } = await fuzz('--count', String(COUNT), '--seed', String(SEED), '--json');
    const { cases, faults, subjects } = JSON.parse(stdout) as Summary;
    expect(faults).toEqual([]);
    expect([code, cases]).toEqual([0, COUNT]);
    const tallies = Object.entries(subjects);
    expect(tallies.length).toBeGreaterThan(15);
    for (const [name, { refused, loaded }] of tallies) {
      expect(refused + loaded, name).toBeGreaterThan(80);
      // Damage that nothing notices would be no damage; what is refused whatever it is tells nothing either.
      expect(refused, name).toBeGreaterThan(10);
    }
    expect(tallies.filter(([, { loaded }]) => loaded > 0).length).toBeGreaterThan(15);
  },
);

it('repeats one case by its number', async () => {
  const runs = await Promise.all([1, 2].map(() => fuzz('--case', '30', '--seed', '4')));
  const first = runs.map(({ stdout }) => stdout.split('\n')[0]!.replaceAll(/vitrine-fuzz-\w+/g, ''));
  expect(first[0]).toMatch(/^\S.*: "(refused|loaded)"/);
  expect(first[1]!.split(' at ')[0]).toBe(first[0]!.split(' at ')[0]);
});

describe('the verdict', () => {
  const fine = { error: undefined, same: true, left: 0, seconds: 0.1, largest: 100, held: 50, bytes: 1000 };
  const refused = new AppError('bad_checkpoint', 'a.npz: it is damaged.');

  it('is good for a load or a clear error', () => {
    expect(judge(fine)).toBe('loaded');
    expect(judge({ ...fine, error: refused })).toBe('refused');
    expect(judge({ ...fine, largest: 3e6, held: 3e6 })).toBe('loaded'); // it was packed in there
  });

  it.each([
    ['another error', { error: new TypeError('x is undefined') }, 'TypeError: x is undefined'],
    ['nothing that is an error', { error: 'text' }, 'another error: text'],
    ['an error of ours that is a bug', { error: new AppError('internal', 'Oh.') }, '"internal"'],
    ['an error that a terminal acts on', { error: new AppError('bad_file', 'a \u001b[2J') }, 'control characters'],
    ['an endless error', { error: new AppError('bad_file', 'x'.repeat(3000)) }, '3000 characters'],
    ['other numbers', { same: false }, 'other numbers'],
    ['a file left open', { left: 3 }, '3 files left open'],
    ['slowness', { seconds: 2.5 }, '2.5 s'],
    ['a large array', { largest: 50_000 }, '50000 bytes for 1000'],
    ['a large array before an error', { error: refused, held: 0, largest: 50_000 }, '50000 bytes'],
  ])('is bad for %s', (_, attempt, fault) => {
    expect(judge({ ...fine, ...attempt })).toEqual({ fault: expect.stringContaining(fault) as string });
  });
});

describe('the damage', () => {
  let folder: string;
  let subjects: Subject[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-corpus-'));
    subjects = await makeCorpus(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is another with each number, the same with the same, and leaves the original alone', () => {
    for (const { name, mutate, original } of subjects) {
      const before = Buffer.from(original);
      const made = Array.from({ length: 40 }, (_, i) => mutate(original, randomOf(i)).toString('latin1'));
      expect(new Set(made).size, name).toBeGreaterThan(20);
      expect(made.filter((bytes) => bytes !== original.toString('latin1')).length, name).toBeGreaterThan(30);
      expect(mutate(original, randomOf(7)).toString('latin1'), name).toBe(made[7]);
      expect(original.equals(before), name).toBe(true);
    }
  });
});
