import { PAPERS, type Work } from '../../cite/papers.ts';
import { toBibtex } from '../../cite/bibtex.ts';
import type { Fingerprint } from '../../fingerprint/fingerprint.ts';
import type { Architecture } from '../../models/architecture.ts';
import { countParams } from '../../models/family-params.ts';
import { preprocessingSentence } from '../describe-preprocessing.ts';
import type { CardFacts } from './card-facts.ts';
import { frontMatter, measuredIn } from './card-front-matter.ts';

/** A model card with Hugging Face's front matter: what the checkpoint says of itself and what was measured, no more. */
export function modelCard(facts: CardFacts): string {
  const { architecture: a, variant, sourceSha256, provenance, notes, verified } = facts;
  const works = worksBehind(a);
  const { difference, images, by } = verified;
  const lines = [
    ...frontMatter(facts, works),
    '',
    `# ${variant ?? TITLES[a.family]}`,
    '',
    `Exported by Vitrine from a checkpoint with SHA-256 \`${sourceSha256}\`. What was written was run (${by}) on the same`,
    `${images} images as that checkpoint: the largest difference of an output is ${difference}.`,
    '',
    '| | |',
    '|---|---|',
    ...modelRows(facts),
    '',
    '## Use',
    '',
    ...USE[facts.target](facts),
    '',
  ];
  if (notes.length > 0) lines.push('## To know', '', ...notes.map((note) => `- ${cell(note)}`), '');
  lines.push(...evaluation(provenance), ...fingerprintTable(facts.fingerprint));
  lines.push('## Provenance', '');
  lines.push(...(provenance ? ['```json', JSON.stringify(provenance, null, 2), '```'] : ['Not known.']), '');
  lines.push('## Papers', '', '```bibtex', works.map(toBibtex).join('\n\n'), '```', '');
  return lines.join('\n');
}

const TITLES = {
  vit: 'Vision Transformer',
  hybrid: 'hybrid of a ResNet and a Vision Transformer',
  mixer: 'MLP-Mixer',
  deit: 'DeiT',
};

function modelRows({
  architecture: a,
  variant,
  labels,
  labelsAssumed,
  preprocessing,
  preprocessingAssumed,
  provenance,
}: CardFacts): string[] {
  const classes = a.numClasses === null ? 'none: it ends with its representation' : a.numClasses.toLocaleString('en');
  const more = labels && labels.length > 10 ? '; …' : '';
  const names = labels?.slice(0, 10).map(cell).join('; ');
  const license = provenance?.['license'];
  const prepared = preprocessing
    ? `${preprocessingSentence(preprocessing)}${preprocessingAssumed ? " (assumed: as AugReg's)" : ''}`
    : 'how they are prepared is not known';
  return [
    `| model | ${TITLES[a.family]}${variant ? `, ${variant}` : ''} |`,
    `| width × depth | ${a.width} × ${a.depth} |`,
    `| image | ${a.imageSize.join(' × ')} px, patches of ${a.patchSize.join(' × ')} |`,
    `| parameters | ${countParams(a).toLocaleString('en')} |`,
    `| classes | ${classes} |`,
    ...(a.numClasses === null
      ? []
      : [
          `| labels | ${names === undefined ? 'not known' : names + more}${labelsAssumed ? ' (assumed from the number of classes)' : ''} |`,
        ]),
    `| images | ${prepared} |`,
    `| licence | ${typeof license === 'string' ? cell(license) : 'not known'} |`,
  ];
}

/** The paper of the architecture; the Vision Transformer's too, which the others build on, except the Mixer. */
function worksBehind({ family }: Architecture): Work[] {
  const keys = {
    vit: ['dosovitskiy2020vit'],
    hybrid: ['dosovitskiy2020vit'],
    mixer: ['tolstikhin2021mixer'],
    deit: ['touvron2021deit', 'dosovitskiy2020vit'],
  }[family];
  return keys.map((key) => PAPERS.find((work) => work.key === key)!);
}

const USE: Readonly<Record<CardFacts['target'], (facts: CardFacts) => string[]>> = {
  npz: ({ architecture }) => [
    '```sh',
    architecture.numClasses === null ? 'vitrine inspect model.npz' : 'vitrine predict model.npz image.jpg',
    '```',
  ],
  timm: ({ architecture }) => [
    '```python',
    'import timm',
    "model = timm.create_model('local-dir:.', pretrained=True).eval()",
    'transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))',
    '```',
    ...(architecture.family === 'mixer'
      ? []
      : [
          '',
          `config.json sets \`act_layer\` to \`${architecture.gelu === 'erf' ? 'gelu' : 'gelu_tanh'}\` and the pooling, which the architecture's own defaults in timm`,
          'may not: created by name alone, the model gives other logits.',
        ]),
  ],
  hf: ({ architecture, preprocessing }) => [
    '```python',
    ...(architecture.numClasses === null
      ? ['from transformers import AutoModel', "model = AutoModel.from_pretrained('.').eval()"]
      : [
          'from transformers import AutoModelForImageClassification',
          "model = AutoModelForImageClassification.from_pretrained('.').eval()",
        ]),
    ...(preprocessing || architecture.family !== 'deit'
      ? ['from transformers import AutoImageProcessor', "processor = AutoImageProcessor.from_pretrained('.')"]
      : []),
    '```',
  ],
  savedmodel: ({ architecture }) => [
    '```python',
    'import tensorflow as tf',
    "model = tf.saved_model.load('.').signatures['serving_default']",
    `logits = model(images=images)['logits']  # float32 [batch, ${architecture.imageSize.join(', ')}, 3], prepared as above`,
    '```',
  ],
  onnx: ({ architecture }) => [
    '```python',
    'import onnxruntime',
    "session = onnxruntime.InferenceSession('model.onnx')",
    `logits = session.run(['logits'], {'images': images})[0]  # float32 [batch, ${architecture.imageSize.join(', ')}, 3], prepared as above`,
    '```',
  ],
};

function evaluation(provenance: CardFacts['provenance']): string[] {
  const measured = measuredIn(provenance);
  if (!measured) return ['## Evaluation', '', 'Not measured.', ''];
  const { dataset, split, images, accuracy, loss } = measured;
  return [
    '## Evaluation',
    '',
    `Top-1 ${accuracy}, loss ${loss} on all ${images} images of "${cell(split)}" of ${cell(dataset)}, each once, before this export.`,
    '',
  ];
}

function fingerprintTable(fingerprint: Fingerprint | null): string[] {
  if (!fingerprint) return [];
  const { photos, output, size, engine, preprocessing } = fingerprint;
  return [
    '## Fingerprint',
    '',
    `What the model gives (${output}, ${size}) for the three photographs that come with Vitrine, prepared so: ${preprocessingSentence(preprocessing)}.`,
    `Computed on ${engine.kind} ${engine.version}; \`vitrine fingerprint\` compares.`,
    '',
    '| photograph | SHA-256 | first outputs | largest (index: value) | mean | L2 norm |',
    '|---|---|---|---|---|---|',
    ...photos.map(
      ({ name, sha256, first, top, mean, norm }) =>
        `| ${cell(name)} | \`${sha256.slice(0, 12)}…\` | ${first.slice(0, 3).join(', ')} | ${top
          .slice(0, 3)
          .map(([index, value]) => `${index}: ${value}`)
          .join(', ')} | ${mean} | ${norm} |`,
    ),
    '',
  ];
}

/** Text of others inside Markdown: nothing that ends a cell or begins markup. */
function cell(text: string): string {
  return text.replace(/[|\r\n\\`<>]/g, ' ');
}
