import type { DeitArchitecture } from './architecture.ts';
import type { ParamSpec } from './param-spec.ts';
import { transformerParams } from './vit-params.ts';

/** Every parameter of a DeiT: those of a ViT, and where it is distilled `dist` beside `cls` and `head_dist` beside `head`. */
export function deitParams(architecture: DeitArchitecture): Map<string, ParamSpec> {
  const { width: D, numClasses, distillation } = architecture;
  const specs = transformerParams(architecture, 3);
  if (distillation !== 'none') specs.set('dist', { shape: [1, 1, D], init: 'zeros' });
  if (distillation === 'heads' && numClasses !== null) {
    specs.set('head_dist/kernel', { shape: [D, numClasses], init: 'zeros' });
    specs.set('head_dist/bias', { shape: [numClasses], init: 'zeros' });
  }
  return specs;
}
