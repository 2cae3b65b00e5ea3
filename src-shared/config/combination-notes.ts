import { isMixerConfig, type RunConfig } from './run-config.ts';

/** Which fields a person or a preset set, as far as a note depends on it. */
export interface SetFields {
  /** Those that differ from the preset. */
  readonly changed: ReadonlySet<string>;
  /** Those that were given, whatever the value, or set by a recipe. */
  readonly given: ReadonlySet<string>;
}

/** What is odd about fields together but not wrong, a sentence each. */
export function notesOnCombinations(config: RunConfig, set: SetFields): string[] {
  return [
    ...notesOnOptimizer(config, set),
    ...notesOnPart(config, set),
    ...notesOnAugmentation(config),
    ...notesOnEnd(config),
  ];
}

/** Which of the optimizer's fields were changed for another one, and a learning rate that was meant for SGD. */
function notesOnOptimizer({ vitrine, base_lr }: RunConfig, { changed, given }: SetFields): string[] {
  const { name, sharpness } = vitrine.optim;
  const own = (path: string): string => `vitrine.optim.${path}`;
  const idle = {
    sgd: ['b1', 'b2', 'eps', 'weight_decay', 'decay'],
    adam: ['weight_decay', 'decay'],
    adamw: [],
  }[name];
  const notes = idle
    .filter((field) => changed.has(own(field)))
    .map((field) => `config.${own(field)} has no effect: config.${own('name')} is ${name}.`);
  const idleSharpness = { none: ['rho', 'alpha'], sam: ['alpha'], gsam: [] }[sharpness];
  for (const field of idleSharpness.filter((field) => changed.has(own(field))))
    notes.push(`config.${own(field)} has no effect: config.${own('sharpness')} is ${sharpness}.`);
  if (name !== 'sgd' && !given.has('base_lr')) {
    notes.push(`config.base_lr=${base_lr} is the preset's, made for SGD; ${name} usually takes 0.001 or less.`);
  }
  return notes;
}

/** What a part of the model that stays as it is leaves without effect. */
function notesOnPart({ vitrine, model }: RunConfig, { changed }: SetFields): string[] {
  const { train } = vitrine;
  const notes: string[] = [];
  if (train !== 'blocks' && changed.has('vitrine.train_blocks'))
    notes.push(`config.vitrine.train_blocks has no effect: config.vitrine.train is ${train}.`);
  if (train === 'head' || train === 'probe') {
    if (vitrine.optim.layer_decay < 1)
      notes.push(`config.vitrine.optim.layer_decay has no effect: config.vitrine.train is ${train}.`);
    if (vitrine.recompute) notes.push(`config.vitrine.recompute has no effect: config.vitrine.train is ${train}.`);
  }
  if (train === 'probe' && vitrine.auto_accum)
    notes.push(
      'config.vitrine.auto_accum has no effect: config.vitrine.train=probe trains on features, which are small.',
    );
  if (train === 'probe' && (vitrine.flip || vitrine.crop_area_min < 1))
    notes.push(
      'config.vitrine.flip and crop_area_min have no effect: config.vitrine.train=probe sees each image once, whole.',
    );
  const depth = isMixerConfig(model) ? model.num_blocks : model.transformer.num_layers;
  if (train === 'blocks' && depth === vitrine.train_blocks)
    notes.push('config.vitrine.train_blocks is every block: only the embeddings stay as they are.');
  return notes;
}

function notesOnAugmentation({ vitrine }: RunConfig): string[] {
  const { rand_layers, rand_magnitude } = vitrine.aug;
  if (rand_layers > 0 && rand_magnitude === 0) {
    return [
      'config.vitrine.aug.rand_magnitude is 0: RandAugment’s operations are at their weakest, and some (such as equalize) change an image all the same.',
    ];
  }
  if (rand_layers === 0 && rand_magnitude > 0)
    return ['config.vitrine.aug.rand_magnitude has no effect: config.vitrine.aug.rand_layers is 0.'];
  return [];
}

/** The running mean, and what depends on evaluations. */
function notesOnEnd({ vitrine, total_steps, eval_every }: RunConfig): string[] {
  const notes: string[] = [];
  // The decay rises as t / (9 + t) (src-worker/train/ema.ts), so that a short run's mean isn't its start.
  const reached = total_steps / (9 + total_steps);
  if (vitrine.ema > reached) {
    notes.push(
      `config.vitrine.ema=${vitrine.ema} is never reached: the decay rises as t / (9 + t), to ${reached.toFixed(3)} after ${total_steps} updates.`,
    );
  }
  const evaluations = eval_every === 0 ? 1 : Math.ceil(total_steps / eval_every);
  if (vitrine.early_stop >= evaluations)
    notes.push(
      `config.vitrine.early_stop=${vitrine.early_stop} never comes: the run has ${evaluations} evaluation${evaluations === 1 ? '' : 's'} (config.eval_every=${eval_every}).`,
    );
  if (vitrine.best_by !== 'none' && evaluations === 1)
    notes.push('config.vitrine.best_by keeps the last model: there is one evaluation, at the end.');
  return notes;
}
