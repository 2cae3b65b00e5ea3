import { AppError } from '../errors.ts';
import { isMixerConfig, type RunConfig } from './run-config.ts';

/** What no field can tell alone: fields that can't hold together. @throws AppError config */
export function checkTogether(config: RunConfig): void {
  checkBatch(config);
  checkModel(config);
  if (config.vitrine.train === 'probe') checkProbe(config);
}

function checkBatch({ batch, accum_steps, warmup_steps, total_steps, vitrine }: RunConfig): void {
  if (accum_steps > 1 && batch % accum_steps !== 0) {
    throw new AppError('config', `config.batch=${batch} is not divisible by config.accum_steps=${accum_steps}.`, {
      hint: `Take a batch that is a multiple of ${accum_steps}, or --config.accum_steps=${largestDivisor(batch, accum_steps)}.`,
      details: { field: 'accum_steps', batch, accum_steps },
    });
  }
  const part = batch / Math.max(1, accum_steps);
  if (part % vitrine.devices !== 0) {
    const each = accum_steps > 1 ? `a part of the batch, ${part} images,` : `config.batch=${batch}`;
    throw new AppError('config', `${each} can't be split evenly over config.vitrine.devices=${vitrine.devices}.`, {
      hint: `Take a batch that is a multiple of ${vitrine.devices * Math.max(1, accum_steps)}.`,
      details: { field: 'vitrine.devices', batch, accum_steps, devices: vitrine.devices },
    });
  }
  if (warmup_steps < total_steps) return;
  throw new AppError('config', `config.warmup_steps=${warmup_steps} is not below config.total_steps=${total_steps}.`, {
    hint: 'The warmup must end before the run does.',
    details: { field: 'warmup_steps', warmup_steps, total_steps },
  });
}

function checkModel({ model, model_type, vitrine }: RunConfig): void {
  const own = isMixerConfig(model) ? 'Mixer' : 'ViT';
  if (own !== model_type) {
    throw new AppError('config', `config.model_type=${model_type}, but the model is a ${own}.`, {
      details: { field: 'model_type' },
    });
  }
  const depth = isMixerConfig(model) ? model.num_blocks : model.transformer.num_layers;
  if (depth !== null) checkTrainedBlocks(vitrine, depth);
  if (isMixerConfig(model)) return;
  const { hidden_size, transformer } = model;
  if (hidden_size !== null && transformer.num_heads !== null && hidden_size % transformer.num_heads !== 0) {
    throw new AppError(
      'config',
      `config.model.hidden_size=${hidden_size} is not divisible by config.model.transformer.num_heads=${transformer.num_heads}.`,
      { details: { field: 'model.transformer.num_heads' } },
    );
  }
}

/** @param depth blocks that the model has @throws AppError config */
export function checkTrainedBlocks({ train, train_blocks }: RunConfig['vitrine'], depth: number): void {
  if (train !== 'blocks' || train_blocks <= depth) return;
  throw new AppError('config', `config.vitrine.train_blocks=${train_blocks}, but the model has ${depth} blocks.`, {
    hint: `Take at most ${depth}; --config.vitrine.train=all trains what is below the blocks too.`,
    details: { field: 'vitrine.train_blocks', depth },
  });
}

/** Mixing images and spreading labels need two classes. @throws AppError config */
export function checkClasses({ aug, label_smoothing }: RunConfig['vitrine'], numClasses: number): void {
  if (numClasses > 1) return;
  const set = Object.entries({ 'aug.mixup': aug.mixup, 'aug.cutmix': aug.cutmix, label_smoothing });
  const paths = set.filter(([, value]) => value > 0).map(([path]) => `config.vitrine.${path}`);
  if (paths.length === 0) return;
  throw new AppError('config', `The data set has one class, so ${paths.join(', ')} can do nothing.`, {
    hint: 'Set them to 0. A classifier of one class learns nothing: are the folders of classes one level further down?',
    details: { fields: paths },
  });
}

/** Its features are computed once: what changes images or features from step to step can't be had with it. */
function checkProbe({ vitrine, model }: RunConfig): void {
  const dropout = isMixerConfig(model) ? null : model.transformer;
  const random: Record<string, number> = {
    'vitrine.aug.rand_layers': vitrine.aug.rand_layers,
    'vitrine.aug.color_jitter': vitrine.aug.color_jitter,
    'vitrine.aug.erasing': vitrine.aug.erasing,
    'vitrine.aug.mixup': vitrine.aug.mixup,
    'vitrine.aug.cutmix': vitrine.aug.cutmix,
    'vitrine.stochastic_depth': vitrine.stochastic_depth,
    'model.transformer.dropout_rate': dropout?.dropout_rate ?? 0,
    'model.transformer.attention_dropout_rate': dropout?.attention_dropout_rate ?? 0,
  };
  const paths = Object.keys(random).filter((path) => random[path]! > 0);
  if (paths.length === 0) return;
  const fields = paths.map((path) => `config.${path}=${random[path]}`).join(', ');
  throw new AppError('config', `config.vitrine.train=probe computes features once, so it can't have ${fields}.`, {
    hint: 'Set that to 0, or take config.vitrine.train=head, which computes them anew at each step.',
    details: { field: 'vitrine.train', fields: paths },
  });
}

function largestDivisor(n: number, atMost: number): number {
  let divisor = Math.min(n, atMost);
  while (n % divisor !== 0) divisor--;
  return divisor;
}
