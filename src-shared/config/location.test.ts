import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { locateCheckpoint, missingCheckpoint, parseBucketAddress } from './location.ts';
import { resolveConfig } from './resolve.ts';

const TI_16 = 'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0';

function locate(config: string | undefined, ...overrides: string[]) {
  return locateCheckpoint(resolveConfig({ config, overrides }).config);
}

test('a bare name in the bucket', () => {
  expect(locate('augreg:Ti_16')).toEqual({
    filename: TI_16,
    candidates: [
      { kind: 'library', path: `vit_models/augreg/${TI_16}.npz` },
      { kind: 'library', path: `augreg/${TI_16}.npz` },
    ],
    url: `https://storage.googleapis.com/vit_models/augreg/${TI_16}.npz`,
    sizeMiB: 37,
  });
});

test.each([
  ['checkpoints', `checkpoints/${TI_16}.npz`],
  ['/data/checkpoints/', `/data/checkpoints/${TI_16}.npz`],
  ['/', `/${TI_16}.npz`],
  ['.', `./${TI_16}.npz`],
])('a bare name in folder %s', (folder, path) => {
  const { candidates, url } = locate('augreg:Ti_16', `--config.pretrained_dir=${folder}`);
  expect(candidates).toEqual([{ kind: 'file', path }]);
  expect(url).toBeNull();
});

test('full file names and the models of the ViT paper', () => {
  const adapted = `${TI_16}--cifar100-steps_2k-lr_0.01-res_224`;
  expect(locate(`augreg:${adapted}`).filename).toBe(adapted);
  expect(locate('vit:b16,cifar10').candidates[0]!.path).toBe('./ViT-B_16.npz');
  const plus = locate('vit:b16,cifar10', '--config.pretrained_dir=gs://vit_models/imagenet21k+imagenet2012/');
  expect(plus.candidates[0]!.path).toBe('vit_models/imagenet21k+imagenet2012/ViT-B_16.npz');
  expect(plus.url).toBe('https://storage.googleapis.com/vit_models/imagenet21k%2Bimagenet2012/ViT-B_16.npz');
});

test('a bucket address', () => {
  expect(parseBucketAddress('gs://vit_models/augreg/')).toEqual({ bucket: 'vit_models', path: 'augreg' });
  expect(parseBucketAddress('gs://vit_models')).toEqual({ bucket: 'vit_models', path: '' });
  expect(parseBucketAddress('vit_models/augreg')).toBeNull();
  for (const text of ['gs://', 'gs:///x', 'gs://vit_models/../../etc', 'gs://vit_models//x', 'gs://vit_models/a\\b']) {
    expect(() => parseBucketAddress(text), text).toThrow('is not a bucket address');
  }
});

test.each([
  [undefined, [], 'config', 'Neither a checkpoint nor a model is given.'],
  ['augreg:R26_B_32', [], 'not_found', 'No recommended AugReg checkpoint is published for "R26_B_32".'],
  ['augreg:Ti_16', ['--config.model_or_filename=../Ti_16-x'], 'config', 'is not a file name'],
] as const)('%s %j', (config, overrides, code, message) => {
  const error = caught(() => locate(config, ...overrides));
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
});

test('a missing checkpoint: what, where, and what to do', () => {
  const location = locate('augreg:Ti_16');
  const error = missingCheckpoint(location, ['/lib/vit_models/augreg/x.npz']);
  expect(error.code).toBe('not_found');
  expect(error.message).toBe('There is no checkpoint /lib/vit_models/augreg/x.npz.');
  expect(error.hint).toContain(`"vitrine download ${location.url}" (37 MiB)`);
  expect(error.hint).toContain('--checkpoint PATH/');
  expect(missingCheckpoint(locate('vit:b16,cifar10'), ['./ViT-B_16.npz']).hint).toContain('--config.pretrained_dir');
});

function caught(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
