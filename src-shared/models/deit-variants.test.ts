import { expect, test } from 'vitest';
import { numTokens } from './architecture.ts';
import { DEIT_VARIANTS, deitArchitectureOf, deitVariantOf } from './deit-variants.ts';
import { countParams, paramsOf } from './family-params.ts';

test.each(DEIT_VARIANTS.map((variant) => [variant.timmName, variant] as const))(
  '%s has the published number of parameters',
  (_, variant) => {
    const architecture = deitArchitectureOf(variant, 1000);
    expect(countParams(architecture)).toBe(variant.parameters);
    expect(deitVariantOf(architecture)?.modelName).toBe(variant.modelName);
  },
);

test('a distilled DeiT has one token and one head more', () => {
  const [plain, distilled] = DEIT_VARIANTS.slice(0, 2).map((variant) => deitArchitectureOf(variant, 10));
  expect([numTokens(plain!), numTokens(distilled!)]).toEqual([197, 198]);
  const more = [...paramsOf(distilled!).keys()].filter((name) => !paramsOf(plain!).has(name));
  expect(more).toEqual(['dist', 'head_dist/kernel', 'head_dist/bias']);
  const tokenOnly = paramsOf({ ...distilled!, distillation: 'token' as const });
  expect([...tokenOnly.keys()].filter((name) => !paramsOf(plain!).has(name))).toEqual(['dist']);
});
