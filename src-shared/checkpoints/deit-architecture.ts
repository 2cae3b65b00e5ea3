import type { DeitArchitecture } from '../models/architecture.ts';
import { badLayout, checkAllShapes, type Shapes } from './tensor-shapes.ts';
import { readTransformerArchitecture, type ArchitectureHints } from './vit-architecture.ts';

const POSEMB = 'Transformer/posembed_input/pos_embedding';
/** DeiT's own code and timm. */
const EPSILON = 1e-6;

/** Whether the weights are those of a DeiT with a distillation token; without one they look like a ViT's. */
export function isDistilledDeit(shapes: Shapes): boolean {
  return shapes.has('dist') && shapes.has('cls');
}

/**
 * Reads a distilled DeiT's architecture from the shapes of its weights: a ViT's, with one token and perhaps one head more.
 * @throws AppError bad_checkpoint as for a ViT
 */
export function readDeitArchitecture(
  shapes: Shapes,
  hints: ArchitectureHints = {},
): { architecture: DeitArchitecture; notes: string[]; unused: string[] } {
  const asVit = new Map([...shapes].filter(([name]) => name !== 'dist' && !name.startsWith('head_dist/')));
  const [one, tokens, width] = asVit.get(POSEMB) ?? [];
  if (tokens !== undefined) asVit.set(POSEMB, [one!, tokens - 1, width!]);
  const { architecture: vit, notes } = readTransformerArchitecture(asVit, { ...hints, classifier: 'token' });
  if (vit.family !== 'vit' || vit.representationSize !== null)
    throw badLayout('A DeiT has no ResNet and no pre_logits.');
  const architecture: DeitArchitecture = {
    ...vit,
    family: 'deit',
    classifier: 'token',
    representationSize: null,
    gelu: 'erf',
    layerNormEpsilon: EPSILON,
    distillation: shapes.has('head_dist/kernel') ? 'heads' : 'token',
  };
  notes.push(`Exact GELU and LayerNorm's epsilon ${EPSILON}, as DeiT's own code has them; the weights don't tell.`);
  return { architecture, notes, unused: checkAllShapes(shapes, architecture, { title: 'a DeiT', expected: '' }) };
}
