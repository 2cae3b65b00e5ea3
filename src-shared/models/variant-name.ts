import type { Architecture } from './architecture.ts';
import { deitVariantOf } from './deit-variants.ts';
import { variantOf } from './variants.ts';

/** The name of the published variant with this architecture, whatever its image size, classes and representation. */
export function variantNameOf(architecture: Architecture): string | null {
  return (architecture.family === 'deit' ? deitVariantOf(architecture) : variantOf(architecture))?.modelName ?? null;
}
