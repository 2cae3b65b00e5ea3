import type { DeitArchitecture, VitArchitecture } from '../../models/architecture.ts';
import { plainResize } from '../preprocessing.ts';
import type { Preprocessing } from '../sidecar.ts';
import { cornerNotes } from './corner-notes.ts';
import { hfDeitSlots } from './hf-deit.ts';
import { hfVitSlots } from './hf-vit.ts';
import { cannotExport, type DescribedModel, type WrittenLayout } from './write-timm.ts';

const TARGET = 'Hugging Face transformers';

/**
 * A model as transformers' `from_pretrained(FOLDER)` takes it: config.json and preprocessor_config.json.
 * @throws AppError usage where transformers has no such model
 */
export function hfLayout({ architecture, labels, preprocessing, unprepared }: DescribedModel): WrittenLayout {
  const notes: string[] = [];
  const model = modelOf(architecture);
  const config = {
    architectures: [model.className],
    model_type: model.type,
    hidden_size: model.architecture.width,
    num_hidden_layers: model.architecture.depth,
    num_attention_heads: model.architecture.numHeads,
    intermediate_size: model.architecture.mlpDim,
    hidden_act: model.architecture.gelu === 'erf' ? 'gelu' : 'gelu_pytorch_tanh',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    initializer_range: 0.02,
    layer_norm_eps: model.architecture.layerNormEpsilon ?? 1e-6,
    image_size: pair(architecture.imageSize),
    patch_size: pair(architecture.patchSize),
    num_channels: 3,
    qkv_bias: true,
    encoder_stride: architecture.patchSize[0],
    ...(architecture.representationSize === null
      ? {}
      : { pooler_output_size: architecture.representationSize, pooler_act: 'tanh' }),
    ...(architecture.numClasses === null ? {} : labelMaps(labels, architecture.numClasses)),
    torch_dtype: 'float32',
  };
  const json: Record<string, unknown> = { 'config.json': config };
  if (preprocessing || (architecture.family !== 'deit' && unprepared === undefined)) {
    const p = preprocessing ?? plainResize(architecture.imageSize);
    if (p.antialias !== true) {
      notes.push(
        'transformers resizes with antialiasing, this model was trained without: predictions differ a little.',
      );
    }
    notes.push(...cornerNotes('transformers', p, 'down'));
    json['preprocessor_config.json'] = processor(p);
  } else {
    notes.push('How images are prepared is not known, so preprocessor_config.json is not written.');
  }
  return { slots: model.slots, json, notes };
}

function modelOf(architecture: DescribedModel['architecture']): {
  className: string;
  type: 'vit' | 'deit';
  slots: WrittenLayout['slots'];
  architecture: VitArchitecture | DeitArchitecture;
} {
  switch (architecture.family) {
    case 'mixer':
      throw cannotExport(TARGET, 'it is an MLP-Mixer, which transformers has not');
    case 'hybrid':
      throw cannotExport(TARGET, 'it is a hybrid of a ResNet and a ViT, which transformers has no longer');
    case 'deit': {
      if (architecture.distillation === 'none') {
        // As facebook/deit-base-patch16-224 is published: without a distillation token it is a ViT.
        const { distillation: _, ...fields } = architecture;
        return vitModel({ ...fields, family: 'vit' });
      }
      const bare = architecture.numClasses === null;
      const className = architecture.distillation === 'heads' ? HEADS : 'DeiTForImageClassification';
      return {
        className: bare ? 'DeiTModel' : className,
        type: 'deit',
        slots: hfDeitSlots(architecture, bare ? '' : 'deit.'),
        architecture,
      };
    }
    case 'vit':
      return vitModel(architecture);
  }
}

const HEADS = 'DeiTForImageClassificationWithTeacher';

function vitModel(architecture: VitArchitecture) {
  const { classifier, numClasses, representationSize } = architecture;
  if (classifier !== 'token') {
    throw cannotExport(TARGET, `its classifier is "${classifier}", and transformers' ViT looks at the class token`);
  }
  if (numClasses !== null && representationSize !== null) {
    throw cannotExport(
      TARGET,
      'it has a layer between encoder and head (pre_logits), which a ViT with a head has not there',
    );
  }
  const bare = numClasses === null;
  return {
    className: bare ? 'ViTModel' : 'ViTForImageClassification',
    type: 'vit' as const,
    slots: hfVitSlots(architecture, bare ? '' : 'vit.'),
    architecture,
  };
}

function pair([height, width]: readonly [number, number]): number | [number, number] {
  return height === width ? height : [height, width];
}

/** transformers takes the number of classes from these. */
function labelMaps(labels: readonly string[] | null, numClasses: number) {
  const names = labels ?? Array.from({ length: numClasses }, (_, i) => `LABEL_${i}`);
  return {
    id2label: Object.fromEntries(names.map((name, i) => [i, name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
  };
}

const FILTERS = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3 } as const;
const HALF = [0.5, 0.5, 0.5];

/** The image processor that does the same: ViT's stretches, DeiT's cuts after it, CLIP's keeps the aspect ratio. */
function processor({ resolution, resize, resized, range, mean, std }: Preprocessing): Record<string, unknown> {
  const [height, width] = resolution;
  const name = resized === undefined ? 'ViT' : resized.fit === 'stretch' ? 'DeiT' : 'CLIP';
  const [toHeight, toWidth] = resized?.fit === 'stretch' ? resized.size : resolution;
  return {
    image_processor_type: `${name}ImageProcessor`,
    do_resize: true,
    size: resized?.fit === 'short side' ? { shortest_edge: resized.length } : { height: toHeight, width: toWidth },
    resample: FILTERS[resize],
    ...(resized === undefined ? {} : { do_center_crop: true, crop_size: { height, width } }),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: range === '[-1, 1]' ? HALF : mean,
    image_std: range === '[-1, 1]' ? HALF : std,
  };
}
