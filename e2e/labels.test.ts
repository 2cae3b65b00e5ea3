// A checkpoint with as many classes as ImageNet-1k and no names of its own: what every command makes of it.
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type COLOURS, makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { vitrine, type Ended } from './vitrine.ts';

const env = { VITRINE_ENGINE: 'wasm' }; // nothing to compile
let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await makeFolder();
  await writeTinyCheckpoint(at('thousand.npz'), { numClasses: 1000 });
  await writeTinyCheckpoint(at('ten.npz'), { numClasses: 10 });
  await writeSquares(at('squares'), { train: 1, test: 2 });
});
afterAll(() => folder.remove());

function run(...args: string[]): Promise<Ended> {
  return vitrine(args, { env: { ...env, VITRINE_HOME: at('home') } });
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const ended = await run(...args, '--json');
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}

/** The folders of the squares under other names. */
async function renamed(names: Readonly<Record<keyof typeof COLOURS, string>>): Promise<string> {
  const root = await writeSquares(at(Object.values(names).join('-').replaceAll(/\W/g, '')), { train: 1, test: 2 });
  for (const [colour, name] of Object.entries(names)) {
    for (const split of ['train', 'test']) await rename(join(root, split, colour), join(root, split, name));
  }
  return root;
}

test('inspect shows them, says that they are assumed, and gives the synsets', async () => {
  const inspection = await json('inspect', at('thousand.npz'));
  expect(inspection).toMatchObject({ labelsAssumed: true });
  expect((inspection['labels'] as string[])[0]).toBe('tench, Tinca tinca');
  expect((inspection['synsets'] as string[])[999]).toBe('n15075141');
  expect(inspection['notes']).toContain(
    'The labels are assumed from the number of classes: 1,000 is that of ImageNet-1k.',
  );
  const { stdout } = await run('inspect', at('thousand.npz'));
  expect(stdout).toMatch(/^labels +tench, Tinca tinca; goldfish, .* and 990 more \(assumed\)$/m);
  expect((await run('inspect', at('ten.npz'))).stdout).toMatch(/^labels +unknown$/m);
});

test('predict names classes by them and says so', async () => {
  const image = at('squares/test/red/000.png');
  const ended = await run('predict', at('thousand.npz'), image);
  expect(ended.stderr).toContain('The checkpoint names no classes: they are assumed from their number.');
  const result = await json('predict', at('thousand.npz'), image, '--top', '1000');
  expect(result['checkpoint']).toMatchObject({ labelsAssumed: true });
  const [{ predictions }] = result['images'] as [{ predictions: { class: string; index: number }[] }];
  expect(predictions.find(({ index }) => index === 134)!.class).toBe('crane (n02012849)');
  const other = await json('predict', at('ten.npz'), image);
  expect(other['checkpoint']).toMatchObject({ labelsAssumed: false });
});

test('evaluate finds ImageNet’s folders by synset, and others by a name in common', async () => {
  const root = await renamed({ blue: 'n01440764', green: 'Goldfish', red: 'tabby_cat' });
  const report = at('report');
  expect(await json('evaluate', at('thousand.npz'), root, '--report', report)).toMatchObject({ scored: 6, files: 6 });
  const written = JSON.parse(await readFile(join(report, 'report.json'), 'utf8')) as {
    notes: string[];
    classes: { index: number; support: number }[];
  };
  const seen = written.classes.filter(({ support }) => support > 0).map(({ index }) => index);
  expect(seen).toEqual([0, 1, 281]);
  expect(written.notes).toContain(
    '3 of 3 classes were found by ImageNet\'s id or another of their names: "Goldfish" is "goldfish, Carassius auratus".',
  );
});

test('evaluate refuses a class that is none of them, or may be two', async () => {
  const none = await run('evaluate', at('thousand.npz'), at('squares'));
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/The class "blue" .* isn't one that /)]);
  const root = await renamed({ blue: 'crane', green: 'goldfish', red: 'tench' });
  const two = await run('evaluate', at('thousand.npz'), root);
  expect([two.code, two.stderr]).toEqual([
    1,
    expect.stringMatching(/"crane" .* may be "crane \(n02012849\)" or "crane \(n03126707\)"/),
  ]);
});

test('exports: id2label and label_names have them, an .npz leaves them open', async () => {
  const notes: unknown[] = [];
  for (const to of ['hf', 'timm', 'npz']) {
    notes.push((await json('export', at('thousand.npz'), '--to', to, '--output', at(to)))['notes']);
    expect(await readFile(at(`${to}/README.md`), 'utf8')).toContain('(assumed from the number of classes)');
  }
  for (const list of notes)
    expect(list).toContain('Labels are assumed from the number of classes: the checkpoint names none.');
  const read = async (path: string) => JSON.parse(await readFile(at(path), 'utf8')) as Record<string, unknown>;
  expect((await read('hf/config.json'))['id2label']).toMatchObject({
    0: 'tench, Tinca tinca',
    517: 'crane (n03126707)',
  });
  expect((await read('hf/config.json'))['label2id']).toMatchObject({ 'crane (n03126707)': 517 });
  expect(((await read('timm/config.json'))['label_names'] as string[])[1]).toBe('goldfish, Carassius auratus');
  expect((await read('npz/model.json'))['labels']).toBeNull();
  // A file's own names win, and are known for ImageNet's.
  const own = await json('inspect', at('hf'));
  expect([own['labelsAssumed'], (own['synsets'] as string[])[0]]).toEqual([undefined, 'n01440764']);
}, 120_000);
