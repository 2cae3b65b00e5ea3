import { describe, expect, test } from 'vitest';
import { countLitParams, textParams, type LitArchitecture } from '../models/lit.ts';
import { LIT_VARIANTS, litArchitectureOf, litVariantOf } from '../models/lit-variants.ts';
import { vitParams } from '../models/vit-params.ts';
import { isLit, readLitArchitecture } from './lit-architecture.ts';

function shapesOf({ image, text }: LitArchitecture): Map<string, readonly number[]> {
  const img = [...vitParams(image)].map(([name, { shape }]): [string, readonly number[]] => [`img/${name}`, shape]);
  const txt = [...textParams(text)].map(([name, shape]): [string, readonly number[]] => [`txt/${name}`, shape]);
  return new Map([...img, ...txt, ['t', [1]]]);
}

const named = (name: string): LitArchitecture =>
  litArchitectureOf(LIT_VARIANTS.find((variant) => variant.modelName === name)!);

describe.each(LIT_VARIANTS)('$modelName', (variant) => {
  const architecture = litArchitectureOf(variant);

  test('is read from its weights', () => {
    const { architecture: read, unused } = readLitArchitecture(shapesOf(architecture));
    expect(read).toEqual(architecture);
    expect(unused).toEqual([]);
    expect(litVariantOf(read)?.modelName).toBe(variant.modelName);
  });
});

test.each(LIT_VARIANTS.filter(({ millionWeights }) => millionWeights !== null))(
  '$modelName has $millionWeights million weights, as its model card says, to 1 million',
  (variant) => {
    const millions = countLitParams(litArchitectureOf(variant)) / 1e6;
    expect(Math.abs(millions - variant.millionWeights!)).toBeLessThan(1);
  },
);

test('B16B_2 has no head on its image tower, B16B has', () => {
  const before = countLitParams(named('LiT-B16B'));
  expect(before - countLitParams(named('LiT-B16B_2'))).toBe(768 * 768 + 768);
});

describe('refused, with the tensor named', () => {
  const bert = shapesOf(named('LiT-B16B_2'));
  const transformer = shapesOf(named('LiT-L16Ti'));
  const without = (shapes: typeof bert, name: string): typeof bert => {
    expect(shapes.has(name)).toBe(true);
    return new Map([...shapes].filter(([key]) => key !== name));
  };
  const block = 'Transformer/encoderblock_3/LayerNorm_0/scale';

  test.each([
    ['no temperature', without(bert, 't'), /no tensor "t"/],
    ['half an image tower', without(bert, `img/${block}`), /^Image tower: It lacks 1 tensors .*LayerNorm_0\/scale/],
    [
      'half a text tower',
      without(bert, 'txt/BertEncoder_0/layer_norm/bias'),
      /lacks 1 tensors of its text tower: "txt/,
    ],
    ['no text tower', new Map([...bert].filter(([key]) => !key.startsWith('txt/'))), /no tensor "txt\/Embed_0/],
    [
      'embeddings of two widths',
      new Map([...transformer, ['txt/head/kernel', [192, 768]], ['txt/head/bias', [768]]]),
      /image tower's embeddings are 1024 wide, its text tower's 768/,
    ],
    ['a bias of another width', new Map([...bert, ['txt/head/bias', [767]]]), /"txt\/head\/bias" has shape \[767\]/],
  ] as [string, typeof bert, RegExp][])('%s', (_, shapes, message) => {
    expect(() => readLitArchitecture(shapes)).toThrow(message);
  });

  test('a BERT that heads of 64 do not divide, until they are said', () => {
    const text = { ...named('LiT-B16B_2').text, width: 24, numHeads: 3 } as LitArchitecture['text'];
    const shapes = shapesOf({ ...named('LiT-B16B_2'), text });
    expect(() => readLitArchitecture(shapes)).toThrow("24 wide, which heads of 64 don't divide");
    expect(() => readLitArchitecture(shapes, { textHeads: 5 })).toThrow("5 heads don't divide");
    expect(readLitArchitecture(shapes, { textHeads: 3 }).architecture.text.numHeads).toBe(3);
  });
});

test('tensors without a place are told', () => {
  const shapes = new Map([...shapesOf(named('LiT-L16S')), ['img/odd', [1]], ['txt/odd', [1]], ['step', []]]);
  expect(readLitArchitecture(shapes).unused).toEqual(['img/odd', 'txt/odd', 'step']);
});

test('recognised by its towers', () => {
  expect(isLit(['t', 'img/cls'])).toBe(true);
  expect(isLit(['cls', 'head/bias', 't'])).toBe(false);
});
