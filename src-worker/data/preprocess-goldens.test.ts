import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { litPreprocess, prepareEval } from '../../src-shared/data/preprocess.ts';
import type { RgbImage } from '../../src-shared/data/resize-bilinear.ts';
import { openNpz, type NpzFile } from '../checkpoints/npz-file.ts';
import { decodeImage } from './decode-image.ts';

const FOLDER = join(import.meta.dirname, '../../bench/goldens/preprocess');
const CASES = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'case.json')));

const PLAIN = plainResize([32, 32]);

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe.each(CASES)('golden case %s', (name) => {
  let file: NpzFile | undefined;
  const open = async () => (file ??= await openNpz(join(FOLDER, name, 'expected.npz')));
  afterAll(() => file?.close());
  const has = async (array: string) => (await open()).entries.some((entry) => entry.name === array);
  const image = () =>
    decodeImage(
      join(
        FOLDER,
        name,
        readdirSync(join(FOLDER, name)).find((f) => f.startsWith('image.'))!,
      ),
    );

  async function decoded(array: string): Promise<RgbImage<Float32Array>> {
    const { data, shape } = await (await open()).read(array);
    return { data, height: shape[0]!, width: shape[1]! };
  }

  it('resizes, scales and crops as TensorFlow did, from what TensorFlow decoded', async ({ skip }) => {
    if (!(await has('tf_decoded'))) return skip('the decoded array is too large to ship');
    const tf = await decoded('tf_decoded');
    const npz = await open();
    expect(largestDifference(prepareEval(tf, PLAIN), (await npz.read('vit_jax_eval_32')).data)).toBeLessThan(1e-5);
    expect(largestDifference(litPreprocess(tf, 32), (await npz.read('lit_32')).data)).toBeLessThan(1e-6);
    expect(largestDifference(litPreprocess(tf, 32, true), (await npz.read('lit_crop_32')).data)).toBeLessThan(1e-6);
  });

  it('decodes as TensorFlow with the accurate DCT does', async ({ skip }) => {
    const array = (await has('tf_decoded_integer_accurate')) ? 'tf_decoded_integer_accurate' : 'tf_decoded';
    if (!(await has(array))) return skip('the decoded array is too large to ship');
    const expected = await decoded(array);
    const got = await image();
    expect([got.height, got.width]).toEqual([expected.height, expected.width]);
    // Lossless formats exactly; JPEG decoders may round a level or two apart.
    expect(largestDifference(got.data, expected.data)).toBeLessThanOrEqual(name.startsWith('jpeg') ? 2 : 0);
  });

  it('comes close to vit_jax from the file on', async () => {
    const { data } = await (await open()).read('vit_jax_eval_32');
    const got = prepareEval(await image(), PLAIN);
    // JPEG: vit_jax decodes with the fast DCT, up to 13 levels away at a pixel; the means stay within a level.
    const mean = got.reduce((sum, x, i) => sum + Math.abs(x - data[i]!), 0) / got.length;
    expect(mean).toBeLessThan(name.startsWith('jpeg') ? 2.5 / 127.5 : 1e-6);
  });
});
