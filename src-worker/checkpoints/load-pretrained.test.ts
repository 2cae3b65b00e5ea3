import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPretrained } from '../../src-shared/checkpoints/load-pretrained.ts';
import { linenNames, linenShape } from '../../src-shared/checkpoints/names.ts';
import { readArchitecture } from '../../src-shared/checkpoints/read-architecture.ts';
import type { DeitArchitecture, VitArchitecture } from '../../src-shared/models/architecture.ts';
import { deitParams } from '../../src-shared/models/deit-params.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { vitParams } from '../../src-shared/models/vit-params.ts';
import { openNpz } from './npz-file.ts';

const GOLDENS = new URL('../../bench/goldens/models/', import.meta.url).pathname;
const POSEMB = 'Transformer/posembed_input/pos_embedding';

interface Case {
  config: { finetune: { image_size: [number, number]; model: { classifier: VitArchitecture['classifier'] } } };
  tolerance: { params_atol: number; resized_posemb_atol: number };
  observed: { resized: string[]; from_init: string[] };
}

async function paramsOf(path: string): Promise<Params> {
  const npz = await openNpz(path);
  const linen = linenNames(npz.entries.map((e) => e.name));
  const params = new Map<string, NamedTensor>();
  for (const { name } of npz.entries) {
    const { shape, data } = await npz.read(name);
    params.set(linen.get(name)!, { shape: linenShape(linen.get(name)!, shape), data });
  }
  await npz.close();
  return params;
}

const shapesOf = (params: Params): Map<string, readonly number[]> =>
  new Map([...params].map(([name, { shape }]) => [name, shape]));

describe('loadPretrained gives what vit_jax gives', () => {
  it.each([
    'finetune_grid4to6',
    'finetune_grid6to4_gap',
    'finetune_drop_pre_logits',
    'finetune_keep_pre_logits',
    'finetune_hybrid',
    'finetune_mixer',
  ])('%s', async (name) => {
    const folder = join(GOLDENS, name);
    const { config, tolerance, observed } = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')) as Case;
    const [pretrained, init, expected] = await Promise.all(
      ['pretrained.npz', 'init.npz', 'expected_params.npz'].map((file) => paramsOf(join(folder, file))),
    );
    const hints = { imageSize: config.finetune.image_size, classifier: config.finetune.model.classifier };
    const { architecture } = readArchitecture(shapesOf(init!), hints);
    const loaded = loadPretrained({ pretrained: pretrained!, init: init!, architecture });
    expect(new Set(loaded.params.keys())).toEqual(new Set(expected!.keys()));
    expect(loaded.resized).toEqual(observed.resized);
    expect(new Set(loaded.fromInit)).toEqual(new Set(observed.from_init));
    const drops = name === 'finetune_drop_pre_logits' ? ['pre_logits/bias', 'pre_logits/kernel'] : [];
    expect(loaded.dropped).toEqual(drops);
    for (const [path, want] of expected!) {
      const got = loaded.params.get(path)!;
      expect(got.shape, path).toEqual(want.shape);
      const atol = path === POSEMB ? tolerance.resized_posemb_atol : tolerance.params_atol;
      let worst = 0;
      for (let i = 0; i < want.data.length; i++) worst = Math.max(worst, Math.abs(got.data[i]! - want.data[i]!));
      expect(worst, path).toBeLessThanOrEqual(atol);
    }
  });
});

describe('loadPretrained', () => {
  const BASE: VitArchitecture = {
    family: 'vit',
    patchSize: [4, 4],
    imageSize: [8, 8],
    width: 2,
    depth: 1,
    mlpDim: 3,
    numHeads: 1,
    classifier: 'token',
    representationSize: null,
    numClasses: 2,
  };
  /** Each tensor counts up from its place in the model. */
  function made(architecture: VitArchitecture): Params {
    return new Map(
      [...vitParams(architecture)].map(([name, { shape }], i) => {
        const data = Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, k) => i + k);
        return [name, { shape, data }];
      }),
    );
  }
  const load = (
    from: Partial<VitArchitecture>,
    to: Partial<VitArchitecture>,
    pretrainedGrid?: [number, number],
  ): ReturnType<typeof loadPretrained> =>
    loadPretrained({
      pretrained: made({ ...BASE, ...from }),
      init: made({ ...BASE, ...to }),
      architecture: { ...BASE, ...to },
      ...(pretrainedGrid ? { pretrainedGrid } : {}),
    });

  it('keeps the class token apart for token_unpooled, where vit_jax mistakes it for a patch', () => {
    const tokens = { classifier: 'token_unpooled' } as const;
    const { params, resized } = load(tokens, { ...tokens, imageSize: [12, 12] });
    expect(resized).toEqual([POSEMB]);
    expect(params.get(POSEMB)!.shape).toEqual([1, 10, 2]);
    const start = made({ ...BASE, ...tokens }).get(POSEMB)!.data;
    expect([...params.get(POSEMB)!.data.subarray(0, 4)]).toEqual([...start.subarray(0, 4)]);
  });

  it('resizes to and from grids that are not square', () => {
    const { params, resized } = load({}, { imageSize: [8, 16] });
    expect(params.get(POSEMB)!.shape).toEqual([1, 9, 2]);
    expect(resized).toEqual([POSEMB]);
    expect(load({ imageSize: [4, 8] }, { imageSize: [8, 12] }, [1, 2]).params.get(POSEMB)!.shape).toEqual([1, 7, 2]);
    // The same number of patches, laid out otherwise: resized when the old grid is known.
    expect(load({ imageSize: [4, 16] }, {}, [1, 4]).resized).toEqual([POSEMB]);
    expect(load({ imageSize: [4, 16] }, {}).resized).toEqual([]);
    expect(() => load({ imageSize: [4, 8] }, {})).toThrow(/2 position embeddings don't form a square grid/);
  });

  it('shares tensors that did not change', () => {
    const pretrained = made(BASE);
    const { params } = loadPretrained({ pretrained, init: made(BASE), architecture: BASE });
    expect(params.get('embedding/kernel')).toBe(pretrained.get('embedding/kernel'));
  });

  it('says what does not fit', () => {
    expect(() => load({ width: 3 }, {})).toThrow(
      /"embedding\/kernel" has shape \[4, 4, 3, 3\], the model needs \[4, 4, 3, 2\]/,
    );
    expect(() => load({}, { depth: 2 })).toThrow(/no tensor "Transformer\/encoderblock_1\//);
    expect(() => load({ classifier: 'gap' }, {})).toThrow(/no class token, which doesn't fit the classifier "token"/);
    expect(() => load({}, { classifier: 'gap' })).toThrow(/a class token, which doesn't fit the classifier "gap"/);
    expect(() => load({}, { representationSize: 5 })).toThrow(/no tensor "pre_logits\/kernel"/);
    expect(() => load({ representationSize: 4 }, { representationSize: 5 })).toThrow(
      /"pre_logits\/kernel" has shape \[2, 4\]/,
    );
  });

  it('drops more blocks than the model has, by name', () => {
    expect(load({ depth: 2 }, {}).dropped).toContain('Transformer/encoderblock_1/LayerNorm_0/scale');
  });
});

it("resizes a distilled DeiT's embeddings behind both of its first tokens, and makes both heads anew", () => {
  const architecture: DeitArchitecture = {
    family: 'deit',
    patchSize: [4, 4],
    imageSize: [16, 16],
    width: 8,
    depth: 1,
    mlpDim: 8,
    numHeads: 2,
    classifier: 'token',
    representationSize: null,
    numClasses: 3,
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
    distillation: 'heads',
  };
  const filled = (of: DeitArchitecture, value: (i: number) => number): Params =>
    new Map(
      [...deitParams(of)].map(([name, { shape }]) => {
        const data = Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => value(i));
        return [name, { shape, data }];
      }),
    );
  const pretrained = filled({ ...architecture, numClasses: 10 }, (i) => i);
  const target: DeitArchitecture = { ...architecture, imageSize: [24, 24] };
  const init = filled(target, () => -1);
  const { params, resized, fromInit } = loadPretrained({
    pretrained,
    init,
    architecture: target,
    pretrainedGrid: [4, 4],
  });
  expect(resized).toEqual([POSEMB]);
  expect(fromInit.sort()).toEqual(['head/bias', 'head/kernel', 'head_dist/bias', 'head_dist/kernel']);
  const { shape, data } = params.get(POSEMB)!;
  expect(shape).toEqual([1, 2 + 6 * 6, 8]);
  const before = pretrained.get(POSEMB)!.data;
  expect([...data.subarray(0, 16)]).toEqual([...before.subarray(0, 16)]); // class and distillation token
  expect([...data.subarray(16, 24)]).toEqual([...before.subarray(16, 24)]); // the grid's first patch stays where it is
  expect([...data.subarray(-8)]).toEqual([...before.subarray(-8)]); // and its last
});
