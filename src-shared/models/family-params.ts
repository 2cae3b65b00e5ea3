import type { Architecture, Family } from './architecture.ts';
import { deitParams } from './deit-params.ts';
import { hybridParams } from './hybrid-params.ts';
import { mixerParams } from './mixer-params.ts';
import type { ParamSpec } from './param-spec.ts';
import { sizeOfShape } from './params.ts';
import { vitParams } from './vit-params.ts';

const PARAMS = {
  vit: vitParams,
  hybrid: hybridParams,
  mixer: mixerParams,
  deit: deitParams,
} satisfies { [F in Family]: (architecture: Extract<Architecture, { family: F }>) => Map<string, ParamSpec> };

/** Every parameter of a model by vit_jax's path after loading, with its shape and initialiser. */
export function paramsOf(architecture: Architecture): Map<string, ParamSpec> {
  return (PARAMS[architecture.family] as (architecture: Architecture) => Map<string, ParamSpec>)(architecture);
}

/** Number of trainable values. */
export function countParams(architecture: Architecture): number {
  let count = 0;
  for (const { shape } of paramsOf(architecture).values()) count += sizeOfShape(shape);
  return count;
}
