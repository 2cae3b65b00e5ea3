import { AppError } from '../errors.ts';
import { gridOf, type Architecture, type Family, type MixerArchitecture } from '../models/architecture.ts';
import { rootWidth } from '../models/hybrid-params.ts';
import { isMixerConfig, type EncoderModelConfig, type RunConfig } from './run-config.ts';

type Value = number | readonly number[] | null;
/** A field of `config.model`, what the configuration wants and what the checkpoint is. */
type Field = readonly [path: string, wanted: Value, found: Value];

const TITLES: Readonly<Record<Family, string>> = {
  vit: 'a ViT',
  hybrid: 'a hybrid',
  mixer: 'an MLP-Mixer',
  deit: 'a DeiT',
};

/**
 * The model that a configuration trains: the checkpoint's architecture with the configuration's resolution, head and
 * classifier. `checkpoint` is what the weights say.
 * @throws AppError config where the two describe different models, or the configuration sets what the family hasn't
 */
export function trainedArchitecture(
  config: Pick<RunConfig, 'model' | 'pp'>,
  { checkpoint, numClasses }: { checkpoint: Architecture; numClasses: number },
): Architecture {
  const { model, pp } = config;
  checkFamily(model, checkpoint);
  checkSizes(model, checkpoint);
  const imageSize = pp.crop === null ? checkpoint.imageSize : ([pp.crop, pp.crop] as const);
  if (checkpoint.family === 'mixer') {
    if (!isMixerConfig(model)) checkNothingForTransformers(model);
    checkSameGrid(checkpoint, imageSize);
    return { ...checkpoint, imageSize, numClasses };
  }
  const { classifier, representation_size } = model as EncoderModelConfig;
  if (checkpoint.family === 'deit') {
    if ((classifier ?? 'token') !== 'token' || representation_size !== null) {
      throw new AppError('config', 'A DeiT classifies by its tokens and has no representation layer.', {
        hint: 'Leave model.classifier and model.representation_size out.',
      });
    }
    return { ...checkpoint, imageSize, numClasses };
  }
  return {
    ...checkpoint,
    imageSize,
    classifier: classifier ?? checkpoint.classifier,
    representationSize: representation_size,
    numClasses,
  };
}

/** The family that a configuration says; null for one that takes the checkpoint's. */
function familyOf(model: RunConfig['model']): Family | null {
  if (isMixerConfig(model)) return 'mixer';
  if (model.resnet) return 'hybrid';
  return model.model_name === null ? null : 'vit';
}

function checkFamily(model: RunConfig['model'], { family }: Architecture): void {
  const wanted = familyOf(model);
  if (wanted === null || wanted === family || (wanted === 'vit' && family === 'deit')) return;
  throw new AppError(
    'config',
    `The configuration's model, ${model.model_name}, is ${TITLES[wanted]}, and the checkpoint is ${TITLES[family]}.`,
    { hint: CHOOSE, details: { wanted, found: family } },
  );
}

const CHOOSE =
  'Choose the configuration of this checkpoint, or leave --config out: the architecture is read from the file.';

function checkSizes(model: RunConfig['model'], checkpoint: Architecture): void {
  const differences = fieldsOf(model, checkpoint).filter(
    ([, wanted, found]) => wanted !== null && String(wanted) !== String(found),
  );
  if (differences.length === 0) return;
  const list = differences.map(([path, wanted, found]) => `${path} is ${format(found)}, not ${format(wanted)}`);
  const name = model.model_name ?? 'the configured model';
  throw new AppError('config', `The checkpoint isn't ${name}: ${list.join('; ')}.`, {
    hint: CHOOSE,
    details: { differences: differences.map(([path, wanted, found]) => ({ field: `model.${path}`, wanted, found })) },
  });
}

function fieldsOf(model: RunConfig['model'], checkpoint: Architecture): Field[] {
  const patches: Field = ['patches.size', model.patches.size, checkpoint.patchSize];
  if (checkpoint.family === 'mixer') {
    if (!isMixerConfig(model)) return [patches];
    return [
      patches,
      ['hidden_dim', model.hidden_dim, checkpoint.width],
      ['num_blocks', model.num_blocks, checkpoint.depth],
      ['tokens_mlp_dim', model.tokens_mlp_dim, checkpoint.tokensMlpDim],
      ['channels_mlp_dim', model.channels_mlp_dim, checkpoint.channelsMlpDim],
    ];
  }
  const { hidden_size, transformer, resnet } = model as EncoderModelConfig;
  const encoder: Field[] = [
    patches,
    ['hidden_size', hidden_size, checkpoint.width],
    ['transformer.mlp_dim', transformer.mlp_dim, checkpoint.mlpDim],
    ['transformer.num_heads', transformer.num_heads, checkpoint.numHeads],
    ['transformer.num_layers', transformer.num_layers, checkpoint.depth],
  ];
  if (!resnet || checkpoint.family !== 'hybrid') return encoder;
  const found = checkpoint.resnet;
  // Factors that give the root the same number of channels are the same network.
  const sameWidth =
    rootWidth({ resnet: { numLayers: [], widthFactor: resnet.width_factor } }) === rootWidth(checkpoint);
  return [
    ...encoder,
    ['resnet.num_layers', resnet.num_layers, found.numLayers],
    ['resnet.width_factor', sameWidth ? null : resnet.width_factor, found.widthFactor],
  ];
}

/** A Mixer is trained without a named configuration: what only transformers have must not be asked of it. */
function checkNothingForTransformers(model: EncoderModelConfig): void {
  const { hidden_size, transformer, classifier, representation_size } = model;
  const set: Record<string, unknown> = {
    hidden_size,
    'transformer.mlp_dim': transformer.mlp_dim,
    'transformer.num_heads': transformer.num_heads,
    'transformer.num_layers': transformer.num_layers,
    'transformer.attention_dropout_rate': transformer.attention_dropout_rate || null,
    'transformer.dropout_rate': transformer.dropout_rate || null,
    classifier: classifier === 'gap' ? null : classifier,
    representation_size,
  };
  const paths = Object.keys(set).filter((path) => set[path] !== null);
  if (paths.length === 0) return;
  const fields = paths.map((path) => `config.model.${path}`);
  throw new AppError('config', `The checkpoint is an MLP-Mixer, which has no ${fields.join(', ')}.`, {
    hint: 'Leave that out; an MLP-Mixer averages its tokens and has neither attention nor dropout.',
    details: { fields },
  });
}

/** Mixing over tokens has a weight for each pair of places: they must stay where they are. */
function checkSameGrid(checkpoint: MixerArchitecture, imageSize: readonly [number, number]): void {
  const [from, to] = [gridOf(checkpoint), gridOf({ ...checkpoint, imageSize })];
  if (from[0] === to[0] && from[1] === to[1]) return;
  throw new AppError(
    'config',
    `An MLP-Mixer keeps its grid of patches: the checkpoint has ${from.join('×')}, and images of ` +
      `${imageSize.join('×')} px have ${to.join('×')}.`,
    {
      hint: `Train at its own resolution: --config.pp.crop=${checkpoint.imageSize[0]}.`,
      details: { field: 'pp.crop', grid: from },
    },
  );
}

function format(value: Value): string {
  if (value === null || typeof value === 'number') return String(value);
  return value.length === 0 ? 'none' : value.join('×');
}
