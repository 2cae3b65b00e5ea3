import { expect, it } from 'vitest';
import { vitParams } from '../models/vit-params.ts';
import { linenNames, namingOf, publishedName } from './names.ts';

const BLOCK = 'Transformer/encoderblock_10';

it('renames what AugReg publishes', () => {
  const published = [
    `${BLOCK}/LayerNorm_0/scale`,
    `${BLOCK}/MultiHeadDotProductAttention_1/query/kernel`,
    `${BLOCK}/LayerNorm_2/scale`,
    `${BLOCK}/MlpBlock_3/Dense_0/kernel`,
    `${BLOCK}/MlpBlock_3/Dense_1/kernel`,
    'Transformer/posembed_input/pos_embedding',
    'cls',
  ];
  const linen = linenNames(published);
  expect([...linen.values()]).toEqual([
    `${BLOCK}/LayerNorm_0/scale`,
    `${BLOCK}/MultiHeadDotProductAttention_0/query/kernel`,
    `${BLOCK}/LayerNorm_1/scale`,
    `${BLOCK}/MlpBlock_0/Dense_0/kernel`,
    `${BLOCK}/MlpBlock_0/Dense_1/kernel`,
    'Transformer/posembed_input/pos_embedding',
    'cls',
  ]);
  for (const [name, renamed] of linen) expect(publishedName(renamed)).toBe(name);
  expect(namingOf(published)).toBe('published');
});

it('leaves linen names as they are, and both ways agree for a whole model', () => {
  const names = [
    ...vitParams({
      family: 'vit',
      patchSize: [16, 16],
      imageSize: [32, 32],
      width: 8,
      depth: 12,
      mlpDim: 8,
      numHeads: 2,
      classifier: 'token',
      representationSize: 4,
      numClasses: 3,
    }).keys(),
  ];
  expect([...linenNames(names)]).toEqual(names.map((name) => [name, name]));
  expect(namingOf(names)).toBe('linen');
  const published = names.map(publishedName);
  expect([...linenNames(published).values()]).toEqual(names);
});

it('counts by number and not by spelling, and closes no gap between blocks', () => {
  const names = [
    'a/Dense_10/bias',
    'a/Dense_9/bias',
    'b/Dense_4/bias',
    'MixerBlock_3/LayerNorm_7/bias',
    'encoderblock_5/x',
  ];
  expect([...linenNames(names).values()]).toEqual([
    'a/Dense_1/bias',
    'a/Dense_0/bias',
    'b/Dense_0/bias',
    'MixerBlock_3/LayerNorm_0/bias',
    'encoderblock_5/x',
  ]);
});

it('finds the parameters inside an optimizer, and leaves its state', () => {
  const names = ['opt/target/cls', 'opt/target/Transformer/encoderblock_0/MlpBlock_3/Dense_0/bias', 'opt/state/step'];
  expect([...linenNames(names).values()]).toEqual([
    'cls',
    'Transformer/encoderblock_0/MlpBlock_0/Dense_0/bias',
    'opt/state/step',
  ]);
  expect(linenNames(['opt/target/cls', 'cls']).get('opt/target/cls')).toBe('opt/target/cls');
});
