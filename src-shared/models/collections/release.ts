/** What the catalog knows of published models beyond AugReg's grammar: facts, each with where it was read. */
export const COLLECTIONS = {
  augreg: {
    title: 'AugReg',
    about: 'Vision Transformers and hybrids over a grid of augmentation and regularization, each fine-tuned many times',
    paper: '2106.10270',
    bucket: 'gs://vit_models/augreg',
  },
  vit: {
    title: 'ViT',
    about: 'the first Vision Transformers, pre-trained on ImageNet-21k and fine-tuned on ImageNet',
    paper: '2010.11929',
    bucket: 'gs://vit_models',
  },
  hybrid: {
    title: 'R+ViT',
    about: 'hybrids of a ResNet and a Vision Transformer, released with ViT',
    paper: '2010.11929',
    bucket: 'gs://vit_models',
  },
  sam: {
    title: 'SAM',
    about: 'ViT and Mixer trained on ImageNet with sharpness-aware minimization',
    paper: '2106.01548',
    bucket: 'gs://vit_models',
  },
  gsam: {
    title: 'GSAM',
    about: 'ViT and Mixer trained on ImageNet with surrogate gap minimization',
    paper: '2203.08065',
    bucket: 'gs://vit_models',
  },
  mixer: {
    title: 'MLP-Mixer',
    about: 'image models of MLPs alone',
    paper: '2105.01601',
    bucket: 'gs://mixer_models',
  },
  lit: {
    title: 'LiT',
    about: 'image and text models, zero-shot',
    paper: '2111.07991',
    bucket: 'gs://vit_models',
  },
  deit: {
    title: 'DeiT',
    about: 'Vision Transformers trained on ImageNet alone, with and without distillation',
    paper: '2012.12877',
    bucket: null,
  },
} as const satisfies Record<string, Collection>;

export type CollectionName = keyof typeof COLLECTIONS;

export interface Collection {
  readonly title: string;
  /** What it is, a sentence's end. */
  readonly about: string;
  /** arXiv number; src-shared/cite has the entry. */
  readonly paper: string;
  /** Where its files lie; null where a release names its own address. */
  readonly bucket: string | null;
}

/** All of vit_jax's, timm's and DeiT's weights: the repositories' LICENSE, and `license` in timm's configurations. */
export const LICENCE = { id: 'Apache-2.0', source: 'LICENSE of vit_jax and of facebookresearch/deit; timm `license`' };

export const METRICS = [
  'top1',
  'top5',
  'recallAt1',
  'imagesPerSecond',
  'sizeMiB',
  'finalVal',
  'adaptFinalVal',
  'adaptFinalTest',
] as const;
/** Shares are fractions of 1; the index's own columns have its names. */
export type Metric = (typeof METRICS)[number];

/** A number that somebody published, and under which protocol. Two protocols are two figures, never one column. */
export interface PublishedFigure {
  readonly metric: Metric;
  /** What it was measured on; null for speed and size. */
  readonly on: string | null;
  readonly value: number;
  readonly protocol: string;
  readonly source: string;
}

export const MIRROR_KINDS = ['bucket', 'timm', 'huggingface', 'url', 'tfhub'] as const;
export type MirrorKind = (typeof MIRROR_KINDS)[number];

/** Another place of the same weights. `timm`, `huggingface`: a repository on Hugging Face, `OWNER/NAME`. */
export interface Mirror {
  readonly kind: MirrorKind;
  readonly address: string;
  /** Whether Vitrine reads what lies there. */
  readonly readable: boolean;
  readonly note: string | null;
  readonly source: string;
}

/** How sure it is that a file of this name exists. */
export const EVIDENCE = ['index', 'published', 'grid', 'inferred'] as const;
export type Evidence = (typeof EVIDENCE)[number];

export const KINDS = ['pretrained', 'finetuned', 'imageText'] as const;
export type Kind = (typeof KINDS)[number];

/** A published file outside AugReg's grid. */
export interface Release {
  /** Folder in the bucket and file without `.npz`: stable, unique over all collections. */
  readonly name: string;
  readonly collection: Exclude<CollectionName, 'augreg'>;
  readonly family: 'vit' | 'hybrid' | 'mixer' | 'deit' | 'lit';
  /** As the papers write it: B/16, R50+B/16. */
  readonly model: string;
  readonly kind: Kind;
  /** Name of the release it was fine-tuned from; its own name where it is a pre-training. */
  readonly pretraining: string;
  /** Pre-training data in the index's words: i1k, i21k; null where unknown. */
  readonly ds: string | null;
  readonly adaptDs: string | null;
  /** px; null where no source says. */
  readonly resolution: number | null;
  readonly numClasses: number | null;
  readonly sizeMiB: number | null;
  readonly evidence: Exclude<Evidence, 'index'>;
  readonly figures: readonly PublishedFigure[];
  readonly mirrors: readonly Mirror[];
  /** What else a person should know, a sentence each. */
  readonly notes: readonly string[];
  /** Where the name, size and data were read. */
  readonly source: string;
}
