import type { Architecture } from '../../models/architecture.ts';
import { countParams } from '../../models/family-params.ts';

export interface CardFacts {
  architecture: Architecture;
  /** The published variant of these sizes, or null. */
  variant: string | null;
  labels: readonly string[] | null;
  target: 'npz' | 'timm' | 'hf' | 'savedmodel' | 'onnx';
  /** Of the checkpoint that was exported. */
  sourceSha256: string;
  /** What is known of how it came about; null where nothing is. */
  provenance: Record<string, unknown> | null;
  notes: readonly string[];
}

const LIBRARY = { npz: null, timm: 'timm', hf: 'transformers', savedmodel: 'keras', onnx: 'onnx' } as const;

const USE: Readonly<Record<CardFacts['target'], string>> = {
  npz: '    vitrine predict model.npz image.jpg',
  timm: "    import timm\n    model = timm.create_model('local-dir:.', pretrained=True).eval()",
  hf: "    from transformers import AutoModel, AutoModelForImageClassification\n    model = AutoModelForImageClassification.from_pretrained('.').eval()  # AutoModel without a head",
  savedmodel: "    import tensorflow as tf\n    model = tf.saved_model.load('.').signatures['serving_default']",
  onnx: "    import onnxruntime\n    session = onnxruntime.InferenceSession('model.onnx')",
};

/** A model card with Hugging Face's front matter: only what the checkpoint says of itself. */
export function modelCard(facts: CardFacts): string {
  const { architecture: a, variant, labels, target, sourceSha256, provenance, notes } = facts;
  const library = LIBRARY[target];
  const classes = a.numClasses === null ? 'none: it ends with its representation' : a.numClasses.toLocaleString('en');
  const lines = [
    '---',
    ...(library ? [`library_name: ${library}`] : []),
    `pipeline_tag: ${a.numClasses === null ? 'image-feature-extraction' : 'image-classification'}`,
    'tags:',
    `  - ${a.numClasses === null ? 'image-feature-extraction' : 'image-classification'}`,
    '  - vision',
    `  - ${a.family}`,
    '---',
    '',
    `# ${variant ?? TITLES[a.family]}`,
    '',
    `Exported by Vitrine from a checkpoint with SHA-256 \`${sourceSha256}\`.`,
    '',
    '| | |',
    '|---|---|',
    `| model | ${TITLES[a.family]}${variant ? `, ${variant}` : ''} |`,
    `| width × depth | ${a.width} × ${a.depth} |`,
    `| image | ${a.imageSize.join(' × ')} px, patches of ${a.patchSize.join(' × ')} |`,
    `| parameters | ${countParams(a).toLocaleString('en')} |`,
    `| classes | ${classes} |`,
    ...(labels ? [`| labels | ${labels.slice(0, 10).map(cell).join(', ')}${labels.length > 10 ? ', …' : ''} |`] : []),
    '',
    '## Use',
    '',
    USE[target],
    '',
  ];
  if (notes.length > 0) lines.push('## To know', '', ...notes.map((note) => `- ${note}`), '');
  lines.push('## Provenance', '');
  lines.push(...(provenance ? ['```json', JSON.stringify(provenance, null, 2), '```'] : ['Not known.']), '');
  return lines.join('\n');
}

const TITLES = {
  vit: 'Vision Transformer',
  hybrid: 'hybrid of a ResNet and a Vision Transformer',
  mixer: 'MLP-Mixer',
  deit: 'DeiT',
};

function cell(text: string): string {
  return text.replace(/[|\r\n\\`<>]/g, ' ');
}
