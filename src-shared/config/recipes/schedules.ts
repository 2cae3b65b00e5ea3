import type { Recipe } from './recipe.ts';

const README = "vit_jax's README (c6de1e5)";
const WEIGHTS = 'gs://vit_models/imagenet21k';

/** The bases of the README's table of replications, in its order. */
const REPLICATED = ['r50_b16', 'b16', 'b32', 'l16', 'l32'].flatMap((model) =>
  ['cifar10', 'cifar100', 'imagenet2012'].map((dataset) => `vit:${model},${dataset}`),
);

function replication(dropout: number, percent: readonly number[]): Recipe {
  return {
    id: `dropout${dropout}`,
    group: 'schedule',
    title: `The ViT paper replicated, dropout ${dropout}`,
    reason: `One of the two columns in which the ViT paper's fine-tuning was replicated: dropout ${dropout} whatever the model's own is.`,
    source: `${README}, table of replications from ${WEIGHTS}`,
    fields: { 'model.transformer.dropout_rate': dropout },
    weightsFrom: WEIGHTS,
    published: Object.fromEntries(REPLICATED.map((base, i) => [base, percent[i]! / 100])),
  };
}

function short(steps: number, warmup: number, percent: { cifar10: number; cifar100: number }): Recipe {
  return {
    id: `short${steps}`,
    group: 'schedule',
    title: `${steps} steps, warmup ${warmup}`,
    reason: `A short schedule reaches nearly what the long one does on CIFAR, in a small part of its time: ${steps} steps with ${warmup} of warmup.`,
    source: `${README}, table of shorter schedules from ${WEIGHTS}`,
    fields: { total_steps: steps, warmup_steps: warmup },
    weightsFrom: WEIGHTS,
    published: { 'vit:b16,cifar10': percent.cifar10 / 100, 'vit:b16,cifar100': percent.cifar100 / 100 },
  };
}

export const SCHEDULES: readonly Recipe[] = [
  short(500, 50, { cifar10: 98.59, cifar100: 89.17 }),
  short(1000, 100, { cifar10: 98.86, cifar100: 91.15 }),
  replication(
    0,
    [98.72, 90.88, 83.72, 99.02, 92.06, 84.53, 98.88, 92.31, 81.66, 99.13, 92.91, 84.47, 99.06, 93.29, 81.89],
  ),
  replication(
    0.1,
    [98.94, 92.3, 85.08, 98.76, 91.92, 84.12, 98.75, 92.05, 81.31, 99.14, 93.22, 85.05, 99.09, 93.34, 81.13],
  ),
];
