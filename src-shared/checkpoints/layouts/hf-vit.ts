import type { VitArchitecture } from '../../models/architecture.ts';
import { hfConfig } from './hf-config.ts';
import { HF_COMPUTED, hfEncoder, hfEncoderSlots, hfNames } from './hf-encoder.ts';
import { hfPreprocessing } from './hf-processor.ts';
import { bad, expectShape, fitLabels, imageSizeOf, type Layout } from './layout.ts';
import { linear, type Slot } from './slot.ts';

/** flax's, timm's and vit_jax's; an architecture without the field has it. */
const USUAL_EPSILON = 1e-6;

/**
 * ViTForImageClassification, or with an empty prefix ViTModel, whose pooler is the representation layer.
 * Source: transformers/models/vit/modeling_vit.py.
 */
export function hfVitSlots(architecture: VitArchitecture, prefix = 'vit.'): Slot[] {
  const { width: D, representationSize, numClasses } = architecture;
  const slots = hfEncoderSlots(architecture, prefix);
  if (representationSize !== null)
    slots.push(...linear('pre_logits', `${prefix}pooler.dense`, [D, representationSize]));
  if (numClasses !== null) slots.push(...linear('head', 'classifier', [representationSize ?? D, numClasses]));
  return slots;
}

export const hfVit: Layout = {
  id: 'hf-vit',
  title: "transformers' ViT",
  names: hfNames('vit', /^classifier\./),
  computed: HF_COMPUTED,
  matches: ({ shapes }) =>
    shapes.has('vit.embeddings.cls_token') ||
    (shapes.has('embeddings.cls_token') && !shapes.has('embeddings.distillation_token')),
  read(file) {
    const notes: string[] = [];
    const config = hfConfig(file);
    if (config.modelType !== null && config.modelType !== 'vit') {
      throw bad(`config.json says that this is a model of type "${config.modelType}", which is not supported.`);
    }
    const prefix = file.shapes.has('vit.embeddings.cls_token') ? 'vit.' : '';
    const { tokens, patchSize, ...encoder } = hfEncoder(file, { prefix, config, notes });
    const { width } = encoder;
    const numClasses = file.shapes.has('classifier.weight')
      ? expectShape(file, 'classifier.weight', ['C', width])[0]!
      : null;
    // With a head, ViTForImageClassification looks at the class token itself; a pooler beside it is not used.
    const pooler = `${prefix}pooler.dense.weight`;
    const pooled = numClasses === null && file.shapes.has(pooler);
    if (numClasses === null) notes.push('It has no head: the model ends with its representation.');
    const architecture: VitArchitecture = {
      family: 'vit',
      patchSize,
      imageSize: imageSizeOf(tokens - 1, patchSize, config.imageSize),
      ...encoder,
      classifier: 'token',
      representationSize: pooled ? expectShape(file, pooler, ['R', width])[0]! : null,
      numClasses,
      ...(config.gelu === 'erf' ? { gelu: 'erf' as const } : {}),
      ...(config.layerNormEpsilon === USUAL_EPSILON ? {} : { layerNormEpsilon: config.layerNormEpsilon }),
    };
    return {
      architecture,
      slots: hfVitSlots(architecture, prefix),
      labels: fitLabels(config.labels, numClasses, notes),
      ...hfPreprocessing(file, 'ViT'),
      notes,
    };
  },
};
