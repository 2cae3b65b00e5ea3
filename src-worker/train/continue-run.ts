import type { TrainInput } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { sameShape } from '../../src-shared/models/params.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';

interface Models {
  /** Of the checkpoint. */
  from: Architecture;
  /** Of the configuration and the data. */
  to: Architecture;
  /** Updates made. */
  step: number;
}

/**
 * A run goes on with the very model it had, and has steps left.
 * @throws AppError config
 */
export function checkContinued({ checkpoint, config }: TrainInput, { from, to, step }: Models): void {
  const refuse = (why: string, hint: string): AppError =>
    new AppError('config', `The run of ${checkpoint} can't go on: ${why}.`, { hint, details: { file: checkpoint } });
  const anew = 'Leave --continue out: a new run then starts from its weights.';
  if (from.numClasses !== to.numClasses) {
    throw refuse(
      `its head has ${from.numClasses ?? 'no'} classes, the data ${to.numClasses}`,
      `Give its data. ${anew}`,
    );
  }
  if (!sameShape(from.imageSize, to.imageSize)) {
    const [found, wanted] = [from.imageSize, to.imageSize].map((size) => size.join('x'));
    throw refuse(
      `its images have ${found} px, those of the configuration ${wanted}`,
      `Set --config.pp.crop=${from.imageSize[0]}. ${anew}`,
    );
  }
  const [had, wanted] = [paramsOf(from), paramsOf(to)];
  const differing = [...had.keys(), ...wanted.keys()].find((name) => had.has(name) !== wanted.has(name));
  if (from.classifier !== to.classifier || differing !== undefined) {
    throw refuse(
      `the configuration describes another model (${differing ?? `classifier "${to.classifier}"`})`,
      "Give vit_jax's own config.model fields, or leave --config out.",
    );
  }
  const { train } = config.vitrine;
  if (train !== 'all') {
    throw refuse(
      `all its parameters learn, with config.vitrine.train=${train} not all do`,
      `Leave config.vitrine.train out. ${anew}`,
    );
  }
  const { name } = config.vitrine.optim;
  if (name !== 'sgd') {
    throw refuse(
      `it trains with SGD's momentum, the configuration with ${name}`,
      `Set --config.vitrine.optim.name=sgd. ${anew}`,
    );
  }
  if (step >= config.total_steps) {
    throw refuse(
      `it has made ${step} updates of the ${config.total_steps} that config.total_steps asks for`,
      'Give the total_steps it was begun with; the learning rate follows it.',
    );
  }
}

/** What a run takes over and what it can't, for a person. */
export function describeContinued({ notes, architecture }: Checkpoint, step: number): string[] {
  return [
    ...notes.filter((note) => note.startsWith('Its step')),
    `Going on after step ${step} of vit_jax's run: weights, momentum and learning rate continue.`,
    `vit_jax keeps neither its place in the data nor its random state: images, crops and dropout from step ${step + 1} on are Vitrine's.`,
    `The file doesn't name its ${architecture.numClasses} classes: they are taken to be in the order of the data's folders.`,
  ];
}
