// Bad input gets an exit code, one clear sentence, and leaves no half-written file. No row needs TensorFlow.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatNpyHeader } from '../src-shared/checkpoints/npy-header.ts';
import { centralDirectory, localHeader } from '../src-shared/checkpoints/zip-records.ts';
import { openNpz } from '../src-worker/checkpoints/npz-file.ts';
import { writeNpy, writeNpz } from '../src-worker/checkpoints/write-npz.ts';
import { listing, makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { vitrine, type Ended } from './vitrine.ts';

const NOT_FINITE = /nan\.npz: weights that are NaN or infinite, in 1 tensor: "head\/bias" \(1 NaN\)[\s\S]*--allow-nan/;

const ROWS: readonly (readonly [what: string, args: string, code: 1 | 2, sentence: RegExp])[] = [
  // The command line. `$train` is a call with everything it needs; later words win over its own.
  ['an unknown command', 'trian', 2, /There is no command "trian"\.\n {2}Did you mean "train"\?/],
  ['an unknown option', 'train --wrkdir=x', 2, /train: Unknown option '--wrkdir'\.\n {2}Did you mean --workdir\?/],
  ['an option without its value', 'evaluate a b --split', 2, /evaluate: .*--split/],
  ['an argument too many', '$train extra', 2, /train takes no argument "extra"/],
  ['no workdir', 'train --checkpoint=tiny.npz --config.dataset=squares', 2, /train needs --workdir/],
  ['no checkpoint', 'train --workdir=w --config.dataset=squares', 2, /train needs a checkpoint to start from/],
  ['no data set', 'train --workdir=w --checkpoint=tiny.npz', 2, /config\.dataset is empty/],
  ['threads that are no number', '$train --threads junk', 2, /--threads is "junk", but must be a whole number/],
  ['threads for evaluate', 'evaluate tiny.npz squares --threads 0', 2, /--threads is "0"/],
  ['a batch for evaluate', 'evaluate tiny.npz squares --batch 1.5', 2, /--batch is "1\.5"/],
  ['a seed for evaluate', 'evaluate tiny.npz squares --seed -1', 2, /--seed/],
  ['a top for predict', 'predict tiny.npz red.png --top none', 2, /--top is "none"/],
  ['nothing to predict', 'predict tiny.npz', 2, /predict takes a checkpoint and one image or more/],

  // The configuration.
  [
    'an unknown field',
    '$train --config.bach=8',
    2,
    /no configuration field "bach"\.\n {2}Did you mean config\.batch\?/,
  ],
  [
    'an unknown nested field',
    '$train --config.model.transformer.dropout=0.1',
    2,
    /Did you mean config\.model\.transformer\.dropout_rate\?/,
  ],
  ['a wrong type', '$train --config.batch=many', 2, /config\.batch takes a whole number at least 1, and got "many"/],
  ['a number out of range', '$train --config.total_steps=0', 2, /config\.total_steps takes a whole number at least 1/],
  ['an unknown choice', '$train --config.decay_type=cubic', 2, /config\.decay_type.*cosine.*linear.*cubic/s],
  [
    'a batch that its parts do not divide',
    '$train --config.batch=9 --config.accum_steps=2',
    2,
    /config\.batch=9 is not divisible by config\.accum_steps=2/,
  ],
  ['a warmup longer than the run', '$train --config.warmup_steps=50', 2, /config\.warmup_steps=50 is not below/],
  ['an unknown preset', '$train --config=augreg:Ti_61', 2, /There is no AugReg model "Ti_61"\.\n {2}Did you mean/],
  ['a crop below the patch', '$train --config.pp.crop=4', 2, /config\.pp\.crop=4 is smaller than the model's patch/],
  ['a width that is not the checkpoint’s', '$train --config.model.hidden_size=32', 2, /hidden_size/],
  ['a split that is not there', '$train --config.pp.test=elsewhere', 1, /elsewhere/],
  [
    'a test on what is trained on',
    '$train --config.pp.test=train[50%:]',
    1,
    /"train" to train on and "train\[50%:\]" to test on overlap: 5 images are in both, for example train\//,
  ],
  ['a split that is no split', '$train --config.pp.train=train[50%', 2, /train\[50%/],

  [
    'a preset’s data set that is not here',
    'train --workdir=w --checkpoint=tiny.npz --config=vit:b16,cifar10',
    1,
    /The data set cifar10 is not in the library\.[\s\S]*"vitrine data add cifar10 --yes"/,
  ],

  // Checkpoints.
  ['no such checkpoint', '$train --checkpoint=nowhere.npz', 1, /There is no checkpoint nowhere\.npz/],
  ['a published one that is not here', 'train --workdir=w --config=augreg:Ti_16 --config.dataset=squares', 1, /Ti_16/],
  ['a truncated one', '$train --checkpoint=bad/truncated.npz', 1, /truncated\.npz: .*truncated/],
  [
    'one with a flipped bit',
    '$train --checkpoint=bad/flipped.npz',
    1,
    /flipped\.npz, tensor ".+": its checksum \(CRC-32\) is wrong: the file is damaged/,
  ],
  ['one that is no archive', '$train --checkpoint=bad/text.npz', 1, /text\.npz/],
  ['an empty one', 'inspect bad/empty.npz', 1, /empty\.npz: /],
  ['a folder instead', '$train --checkpoint=squares', 1, /squares/],
  [
    'a header that promises more',
    '$train --checkpoint=bad/promises.npz',
    1,
    /promises\.npz, tensor "embedding\/kernel": /,
  ],
  [
    'object arrays',
    '$train --checkpoint=bad/object.npz',
    1,
    /object\.npz, tensor "embedding\/kernel": it holds Python objects, which are never read/,
  ],
  ['an unknown layout', '$train --checkpoint=bad/layout.npz', 1, /layout\.npz[\s\S]*conv1\/weight/],
  ['a truncated one, evaluated', 'evaluate bad/truncated.npz squares --report r', 1, /truncated\.npz: .*truncated/],
  ['one for predict that is not there', 'predict nowhere.npz red.png', 1, /There is no checkpoint nowhere\.npz/],
  ['one for logits that is text', 'logits bad/text.npz input.npy --output out.npy', 1, /text\.npz/],
  [
    'an input for logits that is no array',
    'logits tiny.npz red.png',
    1,
    /red\.png: it is not an array in \.npy format/,
  ],
  ['an input of another shape', 'logits tiny.npz flat.npy', 1, /flat\.npy/],
  [
    'outputs without names, and another number of classes',
    'evaluate tiny.npz squares --report r',
    1,
    /tiny\.npz has 4 outputs without names, and .*squares has 3 classes/,
  ],
  [
    'classes it does not know',
    'evaluate cats.npz squares --report r',
    1,
    /The class "blue" .*isn't one that cats\.npz/,
  ],

  ['NaN among the weights, to train', '$train --checkpoint=bad/nan.npz', 1, NOT_FINITE],
  ['NaN among the weights, to predict', 'predict bad/nan.npz red.png', 1, NOT_FINITE],
  ['NaN among the weights, to evaluate', 'evaluate bad/nan.npz squares --report r', 1, NOT_FINITE],
  ['NaN among the weights, for logits', 'logits bad/nan.npz input.npy --output out.npy', 1, NOT_FINITE],
  ['NaN among the weights, to export', 'export bad/nan.npz --to npz --output out', 1, NOT_FINITE],
  [
    'weights that are integers',
    'logits bad/integers.npz input.npy',
    1,
    /integers\.npz, tensor "head\/bias": it holds int32, but weights are floating-point numbers/,
  ],
  [
    'a pickle of PyTorch',
    'predict bad/model.pt red.png',
    1,
    /model\.pt: this is a PyTorch checkpoint \(a pickle\)[\s\S]*safetensors\.torch\.save_file/,
  ],
  [
    'a description of other numbers',
    'predict bad/swapped.npz red.png',
    1,
    /swapped\.json was written for another checkpoint \(SHA-256 differs\)[\s\S]*Move it away/,
  ],

  // Folders and images.
  ['no such folder', '$train --config.dataset=nowhere', 1, /There is no folder .*nowhere/],
  ['an empty folder', '$train --config.dataset=nothing', 1, /The folder .*nothing is empty/],
  ['an empty folder, evaluated', 'evaluate three.npz nothing', 1, /The folder .*nothing is empty/],
  ['a file for a folder', '$train --config.dataset=red.png', 1, /red\.png/],
  ['one class', '$train --config.dataset=lonely', 1, /class/],
  [
    'a class in test that is not in train',
    '$train --config.dataset=surprise',
    1,
    /"test" has a class that training hasn't: "c"/,
  ],
  [
    'a zero-byte image',
    '$train --config.dataset=zero',
    1,
    /1 image of 4 .*\n {2}train\/a\/1\.png: the file is empty \(0 bytes\)/,
  ],
  ['a text file named .jpg', '$train --config.dataset=lying', 1, /train\/a\/1\.jpg: the content is a text file/],
  ['an image that ends early', '$train --config.dataset=cut', 1, /train\/a\/1\.png: .*the file is cut off/],
  [
    'a zero-byte image, evaluated',
    'evaluate three.npz zero --split train --report r',
    1,
    /train\/a\/1\.png: the file is empty/,
  ],
  [
    'a zero-byte image, predicted',
    'predict three.npz zero/train/a/1.png',
    1,
    /zero\/train\/a\/1\.png: the file is empty/,
  ],
  [
    'a text file, predicted',
    'predict three.npz lying/train/a/1.jpg',
    1,
    /lying\/train\/a\/1\.jpg: the content is a text file/,
  ],
  ['no such image', 'predict three.npz nowhere.png', 1, /nowhere\.png: /],

  // Workdirs.
  ['a file for a workdir', '$train --workdir=red.png', 1, /red\.png is a file, not a folder/],
  ['a workdir that is something else’s', '$train --workdir=foreign', 1, /run\.json is not a run of Vitrine/],
];

const TRAIN =
  'train --workdir=w --checkpoint=tiny.npz --config.dataset=squares --config.total_steps=20 --config.warmup_steps=2 --config.batch=4 --config.accum_steps=1';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let before: string[];
const results = new Map<string, Ended>();

beforeAll(async () => {
  folder = await makeFolder();
  await makeInputs(folder.path);
  before = await listing(folder.path);
  const home = await makeFolder();
  const waiting = [...ROWS.keys()];
  const work = async (): Promise<void> => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
      const [what, text] = ROWS[i]!;
      const args = text.replace('$train', TRAIN).split(' ');
      results.set(what, await vitrine(args, { cwd: folder.path, env: { VITRINE_HOME: home.path } }));
    }
  };
  await Promise.all([work(), work()]);
  await home.remove();
}, 600_000);

afterAll(() => folder.remove());

describe('bad input', () => {
  test.each(ROWS)('%s', (what, _, code, sentence) => {
    const ended = results.get(what)!;
    expect(ended.stderr).not.toContain('this is a bug in Vitrine');
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr.match(/^vitrine: /gm), ended.stderr).toHaveLength(1);
    expect(ended.stderr).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(ended.stdout).toBe('');
  });

  test('--allow-nan takes weights that are NaN', async () => {
    const args = ['logits', 'bad/nan.npz', 'input.npy', '--allow-nan', '--json'];
    const { code, stdout, stderr } = await vitrine(args, { cwd: folder.path, env: { VITRINE_ENGINE: 'wasm' } });
    expect(code, stderr).toBe(0);
    const { logits } = JSON.parse(stdout) as { logits: (number | null)[][] };
    expect(logits[0]!.map((value) => value === null)).toEqual([true, false, false]); // JSON has no NaN
  });

  test('none of them left, changed or removed a file', async () => {
    expect(await listing(folder.path)).toEqual(before);
  });

  test.each([
    ['usage', '$train --threads junk', 2],
    ['bad_dataset', '$train --config.dataset=zero', 1],
  ])('with --json, %s is one document on standard output', async (code, text, exitCode) => {
    const ended = await vitrine([...text.replace('$train', TRAIN).split(' '), '--json'], { cwd: folder.path });
    expect(ended.code).toBe(exitCode);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code, message: expect.any(String) as string } });
    expect(ended.stderr).toMatch(/^vitrine: /);
  });
});

async function makeInputs(root: string): Promise<void> {
  const at = (name: string): string => join(root, name);
  await writeSquares(at('squares'), { train: 3, test: 1 });
  const image = at('squares/train/red/000.png');
  await copyFile(image, at('red.png'));

  const tiny = await readFile(await writeTinyCheckpoint(at('tiny.npz')));
  await writeTinyCheckpoint(at('three.npz'), { numClasses: 3 });
  await writeTinyCheckpoint(at('cats.npz'), { numClasses: 2 }, ['cat', 'dog']);
  await mkdir(at('bad'));
  await writeFile(at('bad/truncated.npz'), tiny.subarray(0, tiny.length / 2));
  const flipped = Buffer.from(tiny);
  flipped[tiny.length / 2 + 100]! ^= 4;
  await writeFile(at('bad/flipped.npz'), flipped);
  await withBias(at('three.npz'), at('bad/nan.npz'), NaN);
  await writeTinyCheckpoint(at('bad/swapped.npz'), { numClasses: 3 }, ['a', 'b', 'c']);
  await withBias(at('three.npz'), at('bad/swapped.npz'), 0.5);
  const ints = Buffer.from(formatNpyHeader([3]))
    .toString('latin1')
    .replace("'<f4'", "'<i4'");
  const members = await shortened(at('three.npz'), '');
  const integers = { ...members, 'head/bias': Buffer.from(ints + '\0'.repeat(12), 'latin1') };
  await writeFile(at('bad/integers.npz'), archive(integers));
  await writeFile(at('bad/model.pt'), archive({ 'archive/data.pkl': Buffer.from('x') }, ''));
  await writeFile(at('bad/text.npz'), 'import numpy as np\n');
  await writeFile(at('bad/empty.npz'), '');
  await writeFile(at('bad/promises.npz'), archive(await shortened(at('tiny.npz'), 'embedding/kernel')));
  const float = Buffer.from(formatNpyHeader([1])).toString('latin1');
  const object = Buffer.from(`${float.replace("'<f4'", "'|O' ")}\x80\x04K\x01.`, 'latin1');
  await writeFile(at('bad/object.npz'), archive({ 'embedding/kernel': object }));
  const weights = { shape: [2, 2], data: new Float32Array(4) };
  await writeNpz(at('bad/layout.npz'), [
    ['conv1/weight', weights],
    ['fc/bias', weights],
  ]);
  await writeNpy(at('flat.npy'), weights);
  await writeNpy(at('input.npy'), { shape: [1, 16, 16, 3], data: new Float32Array(768) });

  await mkdir(at('nothing'));
  const place = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await mkdir(dirname(at(name)), { recursive: true });
      await copyFile(image, at(name));
    }
  };
  await place('lonely/train/a/0.png', 'lonely/test/a/0.png');
  await place('surprise/train/a/0.png', 'surprise/train/b/0.png', 'surprise/test/a/0.png', 'surprise/test/c/0.png');
  for (const name of ['zero', 'lying', 'cut'])
    await place(`${name}/train/a/0.png`, `${name}/train/b/0.png`, `${name}/test/a/0.png`);
  await writeFile(at('zero/train/a/1.png'), '');
  await writeFile(at('lying/train/a/1.jpg'), 'Dear reader, I am no photograph.\n'.repeat(20));
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => ((i * 2654435761) >>> 13) & 255));
  const large = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  await writeFile(at('cut/train/a/1.png'), large.subarray(0, large.length / 2));

  await mkdir(at('foreign'));
  await writeFile(at('foreign/run.json'), '{"name": "somebody else\'s"}\n');
}

/** A copy of a checkpoint with another number in its head. */
async function withBias(from: string, to: string, bias: number): Promise<void> {
  const npz = await openNpz(from);
  const tensors: [string, { shape: readonly number[]; data: Float32Array }][] = [];
  for (const { name } of npz.entries) tensors.push([name, await npz.read(name)]);
  await npz.close();
  tensors.find(([name]) => name === 'head/bias')![1].data[0] = bias;
  await writeNpz(to, tensors);
}

/** The members of a checkpoint; one holds half of what its header says. */
async function shortened(path: string, short: string): Promise<Record<string, Buffer>> {
  const npz = await openNpz(path);
  const members: Record<string, Buffer> = {};
  for (const { name, shape } of npz.entries) {
    const { data } = await npz.read(name);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength >> (name === short ? 1 : 0));
    members[name] = Buffer.concat([formatNpyHeader(shape), bytes]);
  }
  await npz.close();
  return members;
}

/** An .npz of members as they are, each with its right checksum: only what is in them is wrong. */
function archive(members: Readonly<Record<string, Buffer>>, ending = '.npy'): Buffer {
  const parts: Uint8Array[] = [];
  let position = 0;
  const push = (part: Uint8Array): void => {
    parts.push(part);
    position += part.length;
  };
  const entries = Object.entries(members).map(([name, bytes]) => {
    const entry = { name: `${name}${ending}`, crc32: crc32(bytes), size: bytes.length, headerOffset: position };
    push(localHeader(entry));
    push(bytes);
    return entry;
  });
  push(centralDirectory(entries, position));
  return Buffer.concat(parts);
}
