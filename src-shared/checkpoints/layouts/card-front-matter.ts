import * as v from 'valibot';
import type { Work } from '../../cite/papers.ts';
import type { CardFacts } from './card-facts.ts';

const LIBRARY = { npz: null, timm: 'timm', hf: 'transformers', savedmodel: null, onnx: 'onnx' } as const;

const EvaluationSchema = v.object({
  dataset: v.string(),
  split: v.string(),
  images: v.pipe(v.number(), v.integer(), v.minValue(1)),
  accuracy: v.number(),
  loss: v.number(),
});

/** What a run measured of its model, as its provenance holds it. */
export type MeasuredEvaluation = v.InferOutput<typeof EvaluationSchema>;

/** The evaluation that a checkpoint's provenance holds, or null. */
export function measuredIn(provenance: Record<string, unknown> | null): MeasuredEvaluation | null {
  const parsed = v.safeParse(EvaluationSchema, provenance?.['evaluation']);
  return parsed.success ? parsed.output : null;
}

/** The YAML that Hugging Face reads; fields that aren't known are left out. */
export function frontMatter(
  { architecture: a, target, provenance, variant }: CardFacts,
  works: readonly Work[],
): string[] {
  const task = a.numClasses === null ? 'image-feature-extraction' : 'image-classification';
  const library = LIBRARY[target];
  const license = provenance?.['license'];
  const measured = measuredIn(provenance);
  return [
    '---',
    ...(library ? [`library_name: ${library}`] : []),
    `pipeline_tag: ${task}`,
    ...(typeof license === 'string' ? [`license: ${yaml(license)}`] : []),
    'tags:',
    ...[task, 'vision', a.family, ...works.flatMap(({ arxiv }) => (arxiv ? [`arxiv:${arxiv}`] : []))].map(
      (tag) => `  - ${tag}`,
    ),
    ...(measured ? modelIndex(measured, { task, name: variant ?? a.family }) : []),
    '---',
  ];
}

function modelIndex(
  { dataset, split, images, accuracy, loss }: MeasuredEvaluation,
  { task, name }: { task: string; name: string },
): string[] {
  const metric = (type: string, title: string, value: number): string[] => [
    `          - type: ${type}`,
    `            name: ${yaml(`${title} on all ${images} images`)}`,
    `            value: ${value}`,
  ];
  return [
    'metrics:',
    '  - accuracy',
    'model-index:',
    `  - name: ${yaml(name)}`,
    '    results:',
    '      - task:',
    `          type: ${task}`,
    '        dataset:',
    `          name: ${yaml(dataset)}`,
    '          type: imagefolder',
    `          split: ${yaml(split)}`,
    '        metrics:',
    ...metric('accuracy', 'top-1', accuracy),
    ...metric('loss', 'negative log-likelihood (nats)', loss),
  ];
}

/** Any text as a scalar: JSON's strings are YAML's. */
function yaml(text: string): string {
  return JSON.stringify(text);
}
