import { expect, test } from 'vitest';
import { fileOf, namesOf } from './link.ts';

const AUGREG = 'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0';
const at = (id: number, path: string, more: Partial<Parameters<typeof namesOf>[0]> = {}) => ({
  id,
  path: `/library/checkpoints/${path}`,
  file: path,
  source: null,
  state: 'present' as 'present' | 'missing',
  ...more,
});

test.each([
  [at(1, `augreg/${AUGREG}.npz`), AUGREG],
  [at(1, 'imagenet21k/ViT-B_16.npz'), 'imagenet21k/ViT-B_16'],
  [at(1, 'imported/sam/ViT-B_16.npz'), 'sam/ViT-B_16'],
  [at(1, 'imported/deit/deit_tiny_patch16_224/model.safetensors'), 'deit/deit_tiny_patch16_224'],
  [at(1, 'x.npz', { path: `/home/me/${AUGREG}.npz`, file: null }), AUGREG],
  [at(1, 'imported/x.npz', { source: `C:\\files\\${AUGREG}.npz` }), AUGREG],
])('%o is found under its name', (checkpoint, name) => {
  expect(namesOf(checkpoint, [])).toContain(name);
  expect(fileOf(name, [checkpoint], [])).toBe(checkpoint);
});

test('what it was downloaded as comes first; one that is there comes before one that is gone', () => {
  const web = at(4, 'web/huggingface.co/timm/x/resolve/main/model.safetensors');
  const downloads = [{ name: AUGREG, checkpoint: 4 }];
  expect(namesOf(web, downloads)[0]).toBe(AUGREG);
  const gone = at(9, `augreg/${AUGREG}.npz`, {});
  expect(fileOf(AUGREG, [{ ...gone, state: 'missing' }, web], downloads)).toBe(web);
});

test('a model.npz of a run is nobody’s by its name', () => {
  const run = at(1, 'x', { path: '/runs/mine/model.npz', file: null });
  expect(namesOf(run, [])).toEqual([]);
  expect(fileOf('imagenet21k/ViT-B_16', [run, at(2, 'sam/ViT-B_16.npz')], [])).toBeNull();
});
