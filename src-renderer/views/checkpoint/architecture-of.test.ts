import { expect, test } from 'vitest';
import { countParams } from '../../../src-shared/models/family-params.ts';
import { variantNameOf } from '../../../src-shared/models/variant-name.ts';
import { architectureOfName } from './architecture-of.ts';

const known = (family: string, model: string, more: Record<string, unknown> = {}) =>
  ({ pretraining: { family, model, ds: 'i21k' }, checkpoint: { model, ...more } }) as unknown as Parameters<
    typeof architectureOfName
  >[0];

test.each([
  ['vit', 'B/16', 'ViT-B_16'],
  ['vit', 'H/14', 'ViT-H_14'],
  ['hybrid', 'R+Ti/16', 'R+ViT-Ti_16'],
  ['hybrid', 'R26+S/32', 'R26+ViT-S_32'],
  ['mixer', 'Mixer-L/16', 'Mixer-L_16'],
  ['deit', 'DeiT-S/16-distilled', 'DeiT-S_16-distilled'],
])('%s %s is %s', (family, model, variant) => {
  const architecture = architectureOfName(known(family, model, { resolution: 224 }))!;
  expect(variantNameOf(architecture)).toBe(variant);
});

test('size and classes are the fine-tuning’s; of a pre-training its set’s', () => {
  const finetuned = architectureOfName(known('vit', 'B/16', { resolution: 384, adaptDs: 'imagenet2012' }))!;
  expect([finetuned.imageSize, finetuned.numClasses]).toEqual([[384, 384], 1000]);
  expect(countParams(finetuned)).toBe(86_859_496); // timm's vit_base_patch16_384
  expect(architectureOfName({ ...known('vit', 'B/16'), checkpoint: null })!.numClasses).toBe(21_843);
});

test('of an image and text model its image tower; of nothing known nothing', () => {
  expect(architectureOfName(known('lit', 'LiT-L16L'))).toMatchObject({
    family: 'vit',
    width: 1024,
    imageSize: [224, 224],
  });
  expect(architectureOfName(known('vit', 'Z/99'))).toBeNull();
});
