import type * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { Pipeline } from '../engine/pipeline.ts';
import type { ProgramSpec, Program, Tensors } from '../engine/program.ts';
import { forward } from './registry.ts';

export interface PredictProgramOptions {
  architecture: Architecture;
  batch: number;
  /** Where images come from; without it the caller feeds `images` [batch, H, W, 3]. */
  pipeline?: Pipeline;
  /** Intermediates to give beside the result, by name (see ForwardOptions.onIntermediate). */
  intermediates?: readonly string[];
}

/** Inference as a program with one method, `predict`: outputs `logits` and the intermediates asked for. */
export function predictProgram({
  architecture,
  batch,
  pipeline,
  intermediates = [],
}: PredictProgramOptions): ProgramSpec {
  const specs = paramsOf(architecture);
  const wanted = new Set(intermediates);
  const feeds = pipeline
    ? undefined
    : { images: { shape: [batch, ...architecture.imageSize, 3], dtype: 'float32' as const } };
  return {
    name: 'predict',
    state: Object.fromEntries([...specs].map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }])),
    pipelines: pipeline ? { eval: pipeline } : {},
    methods: {
      predict: {
        ...(pipeline ? { pipeline: 'eval' } : { feeds }),
        run: (params, { images, ...rest }) => {
          const outputs: Tensors = {};
          const logits = forward(params, images as tf.Tensor4D, {
            architecture,
            onIntermediate: (name, tensor) => {
              if (wanted.has(name)) outputs[name] = tensor;
            },
          });
          return { outputs: { ...rest, ...outputs, logits } };
        },
      },
    },
  };
}

/** Sets a program's parameters; `prefix` is that of the program's states. */
export async function loadParams(program: Program, params: Params, prefix = ''): Promise<void> {
  await program.writeState(new Map([...params].map(([name, { data }]) => [prefix + name, data])));
}

/** As `loadParams`, and the program takes them: the map is empty afterwards. For a model that is used for nothing else. */
export async function moveParams(program: Program, params: Map<string, NamedTensor>, prefix = ''): Promise<void> {
  const values = new Map([...params].map(([name, { data }]) => [prefix + name, data]));
  params.clear();
  await program.takeState(values);
}
