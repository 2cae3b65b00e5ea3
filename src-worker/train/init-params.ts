import { randomStream, STREAM, type RandomSource } from '../../src-shared/random.ts';
import { sizeOfShape, type NamedTensor } from '../../src-shared/models/params.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { ParamSpec } from '../../src-shared/models/param-spec.ts';

/**
 * Fresh parameters with vit_jax's initialisers, drawn from a seed. The distributions are flax's; the numbers are not,
 * since jax's generator is another.
 */
export function initParams(architecture: Architecture, seed: number): Map<string, NamedTensor> {
  const params = new Map<string, NamedTensor>();
  let index = 0;
  for (const [name, spec] of paramsOf(architecture)) {
    params.set(name, { shape: spec.shape, data: draw(spec, randomStream(seed, STREAM.init, index++)) });
  }
  return params;
}

function draw({ shape, init, fan }: ParamSpec, random: RandomSource): Float32Array {
  const data = new Float32Array(sizeOfShape(shape));
  switch (init) {
    case 'zeros':
      return data;
    case 'ones':
      return data.fill(1);
    case 'normal_0.02':
      return data.map(() => 0.02 * normal(random));
    case 'normal_1e-6':
      return data.map(() => 1e-6 * normal(random));
    case 'xavier_uniform': {
      const limit = Math.sqrt(6 / (fan![0] + fan![1]));
      return data.map(() => limit * (2 * random.float() - 1));
    }
    case 'lecun_normal': {
      // flax cuts at two standard deviations and corrects for what that takes from the variance.
      const stddev = Math.sqrt(1 / fan![0]) / 0.87962566103423978;
      return data.map(() => stddev * truncatedNormal(random));
    }
  }
}

/** Box–Muller; 1 - u keeps the logarithm finite. */
function normal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}

function truncatedNormal(random: RandomSource): number {
  for (;;) {
    const x = normal(random);
    if (Math.abs(x) <= 2) return x;
  }
}
