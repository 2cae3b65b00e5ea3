import type { Architecture } from './architecture.ts';

const FAMILY_TITLES = { vit: 'ViT', hybrid: 'Hybrid', mixer: 'MLP-Mixer', deit: 'DeiT' } as const;

/**
 * A few words: the variant's name where it is a published one, and how tokens become one vector. The image size is not
 * in them.
 */
export function architectureTitle(architecture: Architecture, variant: string | null): string {
  const { family, width, depth, patchSize, classifier } = architecture;
  const [height] = patchSize;
  const patch = patchSize.every((side) => side === height) ? height : patchSize.join('×');
  return `${variant ?? `${FAMILY_TITLES[family]} ${depth}×${width}/${patch}`}, ${classifier}`;
}
