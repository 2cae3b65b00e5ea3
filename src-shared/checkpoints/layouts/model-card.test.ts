import { describe, expect, test } from 'vitest';
import { makeFingerprint } from '../../fingerprint/fingerprint.ts';
import { architectureOf, variantNamed } from '../../models/variants.ts';
import type { CardFacts } from './card-facts.ts';
import { modelCard } from './model-card.ts';

const SHA = 'ab'.repeat(32);
const preprocessing = { resolution: [224, 224], resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' } as const;

const FACTS: CardFacts = {
  architecture: architectureOf(variantNamed('ViT-Ti_16'), { imageSize: 224, numClasses: 3 }),
  variant: 'ViT-Ti_16',
  labels: ['cat', 'dog | `x`', '<b>bird</b>'],
  labelsAssumed: false,
  preprocessing,
  preprocessingAssumed: false,
  target: 'timm',
  sourceSha256: SHA,
  provenance: {
    startedFrom: 'cd'.repeat(32),
    evaluation: { dataset: 'pets: "mine"', split: 'test', images: 360, accuracy: 0.9667, loss: 0.12 },
  },
  fingerprint: makeFingerprint({
    architecture: 'ViT-Ti_16, token, 224x224',
    preprocessing,
    output: 'logits',
    outputs: Float32Array.of(1, 2.5, 3, -4, 5, 6, 7, 8, -9),
    engine: { kind: 'tensorflow', version: '2.21.0' },
  }),
  verified: { difference: 2.4e-7, images: 5, by: 'tensorflow 2.21.0' },
  notes: ['timm resizes with antialiasing.'],
};

const UNKNOWN: Partial<CardFacts> = {
  variant: null,
  labels: null,
  preprocessing: null,
  provenance: null,
  fingerprint: null,
  notes: [],
};

/** The part between two headings, or the front matter. */
function part(card: string, heading: string): string {
  if (heading === 'front matter') return card.slice(0, card.indexOf('\n---\n', 4) + 4);
  const start = card.indexOf(`## ${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const end = card.indexOf('\n## ', start + 1);
  return card.slice(start, end < 0 ? undefined : end);
}

test('front matter: what is known and was measured, with the number of images', () => {
  expect(part(modelCard(FACTS), 'front matter')).toBe(
    `---
library_name: timm
pipeline_tag: image-classification
tags:
  - image-classification
  - vision
  - vit
  - arxiv:2010.11929
metrics:
  - accuracy
model-index:
  - name: "ViT-Ti_16"
    results:
      - task:
          type: image-classification
        dataset:
          name: "pets: \\"mine\\""
          type: imagefolder
          split: "test"
        metrics:
          - type: accuracy
            name: "top-1 on all 360 images"
            value: 0.9667
          - type: loss
            name: "negative log-likelihood (nats) on all 360 images"
            value: 0.12
---`.replace('(nats)  on', '(nats) on'),
  );
  const licensed = { ...FACTS, provenance: { license: 'apache-2.0' } };
  expect(part(modelCard(licensed), 'front matter')).toContain('\nlicense: "apache-2.0"\n');
});

test('what is not known is said to be unknown, and nothing else is said of it', () => {
  const card = modelCard({ ...FACTS, ...UNKNOWN });
  expect(part(card, 'front matter')).toBe(`---
library_name: timm
pipeline_tag: image-classification
tags:
  - image-classification
  - vision
  - vit
  - arxiv:2010.11929
---`);
  expect(card).toContain('\n# Vision Transformer\n');
  expect(card).toContain(
    '| labels | not known |\n| images | how they are prepared is not known |\n| licence | not known |',
  );
  expect(part(card, 'Evaluation')).toContain('Not measured.');
  expect(part(card, 'Provenance')).toContain('Not known.');
  expect(card).not.toMatch(/Fingerprint|To know|undefined|null/);
});

test('the table: sizes, classes, labels without markup, preprocessing', () => {
  const card = modelCard(FACTS);
  expect(card).toContain(`Exported by Vitrine from a checkpoint with SHA-256 \`${SHA}\`.`);
  expect(card).toContain('the largest difference of an output is 2.4e-7');
  expect(card).toContain('| parameters | 5,524,995 |');
  expect(card).toContain('| labels | cat; dog    x ;  b bird /b  |');
  expect(card).toContain(
    '| images | bilinear to 224 × 224 px, half-pixel centres, no antialiasing, aspect ratio not kept, (x − 127.5) / 127.5 a channel, JPEG by the fast DCT, EXIF orientation ignored |',
  );
  const labels = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
  const architecture = architectureOf(variantNamed('ViT-Ti_16'), { imageSize: 224, numClasses: 1000 });
  const assumed = modelCard({ ...FACTS, architecture, labels, labelsAssumed: true, preprocessingAssumed: true });
  expect(assumed).toContain('class 9; … (assumed from the number of classes) |');
  expect(assumed).toContain("EXIF orientation ignored (assumed: as AugReg's) |");
  expect(assumed).toContain('| classes | 1,000 |');
});

test('evaluation, fingerprint, papers', () => {
  const card = modelCard(FACTS);
  expect(part(card, 'Evaluation')).toContain('Top-1 0.9667, loss 0.12 on all 360 images of "test" of pets: "mine"');
  expect(part(card, 'Fingerprint')).toContain('| cat | `d058b6fa2700…` | 1, 2.5, 3 | 2: 3, 1: 2.5, 0: 1 |');
  expect(part(card, 'Fingerprint')).toContain('Computed on tensorflow 2.21.0');
  expect(part(card, 'To know')).toContain('- timm resizes with antialiasing.');
  expect(part(card, 'Papers')).toContain('@inproceedings{dosovitskiy2020vit,');
  const mixer = architectureOf(variantNamed('Mixer-B_16'), { imageSize: 224, numClasses: 10 });
  const other = modelCard({ ...FACTS, architecture: mixer, variant: 'Mixer-B_16' });
  expect(part(other, 'Papers')).toMatch(/tolstikhin2021mixer/);
  expect(part(other, 'Papers')).not.toMatch(/dosovitskiy/);
});

describe('how it is loaded there', () => {
  const use = (facts: Partial<CardFacts>): string => part(modelCard({ ...FACTS, ...facts }), 'Use');
  const bare = architectureOf(variantNamed('ViT-Ti_16'), { imageSize: 224, numClasses: null });

  test.each<[CardFacts['target'], string[], string | null]>([
    ['npz', ['vitrine predict model.npz image.jpg'], null],
    ['timm', ["timm.create_model('local-dir:.', pretrained=True)", '`act_layer` to `gelu_tanh`'], 'timm'],
    ['hf', ["AutoModelForImageClassification.from_pretrained('.')", 'AutoImageProcessor'], 'transformers'],
    ['savedmodel', ["signatures['serving_default']", 'float32 [batch, 224, 224, 3]'], null],
    ['onnx', ["onnxruntime.InferenceSession('model.onnx')", 'float32 [batch, 224, 224, 3]'], 'onnx'],
  ])('%s', (target, words, library) => {
    const text = use({ target });
    for (const word of words) expect(text).toContain(word);
    const front = part(modelCard({ ...FACTS, target }), 'front matter');
    if (library === null) expect(front).not.toContain('library_name');
    else expect(front).toContain(`library_name: ${library}\n`);
  });

  test('without a head', () => {
    const facts = { architecture: bare, labels: null, provenance: null };
    expect(use({ ...facts, target: 'hf' })).toContain("AutoModel.from_pretrained('.')");
    expect(use({ ...facts, target: 'npz' })).toContain('vitrine inspect');
    const card = modelCard({ ...FACTS, ...facts });
    expect(part(card, 'front matter')).toContain('pipeline_tag: image-feature-extraction');
    expect(card).toContain('| classes | none: it ends with its representation |');
    expect(card).not.toContain('| labels |');
  });
});
