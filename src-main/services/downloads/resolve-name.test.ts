import { expect, test } from 'vitest';
import { locateCheckpoint } from '../../../src-shared/config/location.ts';
import { resolveConfig } from '../../../src-shared/config/resolve.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { inOrder } from './source.ts';
import { resolveAddress, resolveAugreg } from './resolve-name.ts';

const TI_16 = 'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0';
const ADDRESS = `https://storage.googleapis.com/vit_models/augreg/${TI_16}.npz`;

test('an AugReg file by its name, with and without .npz, and a model by its recommended file', () => {
  const expected = { file: `augreg/${TI_16}.npz`, sources: [{ url: ADDRESS, kind: 'bucket' }] };
  expect(resolveAugreg(TI_16)).toEqual(expected);
  expect(resolveAugreg(`${TI_16}.npz`)).toEqual(expected);
  expect(resolveAugreg('Ti_16')).toEqual(expected);
  expect(resolveAugreg(`${TI_16}--cifar100-steps_2k-lr_0.01-res_224`).file).toContain('--cifar100-steps_2k');
});

test.each(['Ti_16-i21k', 'X_99', '../../etc/passwd', `${TI_16}--mnist-steps_2k-lr_0.01-res_224`])(
  '%s is none',
  (name) => {
    expect(() => resolveAugreg(name)).toThrow(AppError);
  },
);

test('what is downloaded lies where a configuration looks for it', () => {
  for (const config of ['augreg:Ti_16', 'vit:b16,cifar10']) {
    const { candidates, url } = locateCheckpoint(
      resolveConfig({
        config,
        overrides: config.startsWith('vit') ? ['--config.pretrained_dir=gs://vit_models/imagenet21k'] : [],
      }).config,
    );
    expect(candidates.map(({ path }) => path)).toContain(resolveAddress(url!).file);
  }
});

test('an address of Hugging Face brings the description along', () => {
  const { file, sources } = resolveAddress(
    'https://huggingface.co/timm/vit_x/resolve/main/model.safetensors?download=true',
  );
  expect(file).toBe('web/huggingface.co/timm/vit_x/resolve/main/model.safetensors');
  expect(sources[0]).toMatchObject({ kind: 'timm' });
  expect(sources[0]!.companions!.map(({ url }) => url)).toEqual([
    'https://huggingface.co/timm/vit_x/resolve/main/config.json?download=true',
    'https://huggingface.co/timm/vit_x/resolve/main/preprocessor_config.json?download=true',
  ]);
});

test('mirrors in the order that is set', () => {
  const sources = (['other', 'bucket', 'timm', 'huggingface'] as const).map((kind) => ({ url: kind, kind }));
  expect(inOrder(sources, ['timm', 'bucket']).map(({ kind }) => kind)).toEqual([
    'timm',
    'bucket',
    'other',
    'huggingface',
  ]);
});
