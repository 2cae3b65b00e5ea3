import type { DeitArchitecture } from '../../models/architecture.ts';
import { hfConfig } from './hf-config.ts';
import { HF_COMPUTED, hfEncoder, hfEncoderSlots, hfNames } from './hf-encoder.ts';
import { hfPreprocessing } from './hf-processor.ts';
import { bad, expectShape, fitLabels, imageSizeOf, type Layout } from './layout.ts';
import { linear, same, type Slot } from './slot.ts';

/**
 * DeiTForImageClassification (one head, at the class token) or …WithTeacher (two heads); with an empty prefix DeiTModel.
 * Source: transformers/models/deit/modeling_deit.py.
 */
export function hfDeitSlots(architecture: DeitArchitecture, prefix = 'deit.'): Slot[] {
  const { width: D, distillation, numClasses } = architecture;
  const slots = [
    ...hfEncoderSlots(architecture, prefix),
    same('dist', `${prefix}embeddings.distillation_token`, [1, 1, D]),
  ];
  if (numClasses === null) return slots;
  if (distillation !== 'heads') return [...slots, ...linear('head', 'classifier', [D, numClasses])];
  return [
    ...slots,
    ...linear('head', 'cls_classifier', [D, numClasses]),
    ...linear('head_dist', 'distillation_classifier', [D, numClasses]),
  ];
}

export const hfDeit: Layout = {
  id: 'hf-deit',
  title: "transformers' DeiT",
  names: hfNames('deit', /embeddings\.distillation_token|^((cls|distillation)_)?classifier\./),
  computed: HF_COMPUTED,
  matches: ({ shapes }) =>
    shapes.has('deit.embeddings.distillation_token') || shapes.has('embeddings.distillation_token'),
  read(file) {
    const notes: string[] = [];
    const config = hfConfig(file);
    if (config.modelType !== null && config.modelType !== 'deit') {
      throw bad(`config.json says "${config.modelType}", but the tensors are a DeiT's.`);
    }
    if (config.gelu === 'tanh')
      throw bad("config.json asks for GELU's tanh approximation, but a DeiT has the exact one.");
    const prefix = file.shapes.has('deit.embeddings.distillation_token') ? 'deit.' : '';
    const { tokens, patchSize, ...encoder } = hfEncoder(file, { prefix, config, notes });
    const heads = file.shapes.has('cls_classifier.weight');
    const head = heads ? 'cls_classifier.weight' : 'classifier.weight';
    const numClasses = file.shapes.has(head) ? expectShape(file, head, ['C', encoder.width])[0]! : null;
    if (numClasses === null) notes.push('It has no head: the model ends with its class token.');
    const architecture: DeitArchitecture = {
      family: 'deit',
      patchSize,
      imageSize: imageSizeOf(tokens - 2, patchSize, config.imageSize),
      ...encoder,
      classifier: 'token',
      representationSize: null,
      numClasses,
      gelu: 'erf',
      layerNormEpsilon: config.layerNormEpsilon,
      distillation: heads ? 'heads' : 'token',
    };
    return {
      architecture,
      slots: hfDeitSlots(architecture, prefix),
      labels: fitLabels(config.labels, numClasses, notes),
      ...hfPreprocessing(file, 'DeiT'),
      notes,
    };
  },
};
