import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { buildServingGraph } from '../engine/graph/serving-graph.ts';
import { writeVariables } from '../engine/graph/write-variables.ts';
import { nodeBackend, type NodeBackend } from '../engine/node-backend.ts';
import { DT } from '../engine/graph/proto.ts';
import { loadEngine } from '../engine/runtime.ts';
import { forward } from '../models/registry.ts';
import type { ExportedCheckpoint } from './export-onnx.ts';
import { stageFile, writeError } from './stage-file.ts';

const INPUT = 'images';
const OUTPUT = 'logits';

/**
 * Writes a model as a TensorFlow SavedModel: signature `serving_default`, input `images` [batch, H, W, 3] as the model
 * takes them, output `logits` (the representation where there is no head). Any batch. Variables are saved under the
 * parameters' names by TensorFlow's own ops. The graph is the one that Vitrine itself runs.
 * @param dir that exists; a SavedModel in it is replaced
 * @returns the files' names relative to `dir`, `saved_model.pb` first
 * @throws AppError engine without TensorFlow, disk_full, not_found, bad_file
 */
export async function exportSavedModel(checkpoint: ExportedCheckpoint, dir: string): Promise<{ files: string[] }> {
  const { params, architecture } = checkpoint;
  const backend = await tensorflowBackend();
  const graph = buildServingGraph(
    {
      variables: new Map([...params].map(([name, { shape }]) => [name, shape])),
      input: { name: INPUT, shape: [...architecture.imageSize, 3] },
      output: OUTPUT,
      run: (variables, images) => forward(variables, images as tf.Tensor4D, { architecture }),
    },
    backend,
  );
  const temporary = join(dir, `.variables.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  const [target, model] = [join(dir, 'variables'), join(dir, 'saved_model.pb')];
  try {
    await mkdir(temporary);
    saveVariables(backend, join(temporary, 'variables'), checkpoint);
    const files = (await readdir(temporary)).sort();
    const staged = await stageFile(model, (sink) => sink.write(graph));
    try {
      // A graph never stands beside another model's numbers.
      await rm(model, { force: true });
      await rm(target, { recursive: true, force: true });
      await rename(temporary, target);
    } catch (error) {
      await staged.discard();
      throw error;
    }
    await staged.commit();
    return { files: ['saved_model.pb', ...files.map((file) => `variables/${file}`)] };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(error, model);
  }
}

/** Runs a SavedModel that `exportSavedModel` wrote. images [B, H, W, 3] -> logits. */
export async function runSavedModel(dir: string, images: NamedTensor): Promise<NamedTensor> {
  const { binding } = await tensorflowBackend();
  const session = binding.loadSavedModel(dir, 'serve');
  try {
    const input = binding.createTensor([...images.shape], DT.float32, images.data);
    try {
      const [result] = binding.runSavedModel(session, [input], `${INPUT}:0`, `${OUTPUT}:0`);
      const data = binding.tensorDataSync(result!.id) as Float32Array;
      binding.deleteTensor(result!.id);
      return { shape: result!.shape, data };
    } finally {
      binding.deleteTensor(input);
    }
  } finally {
    binding.deleteSavedModel(session);
  }
}

async function tensorflowBackend(): Promise<NodeBackend> {
  const engine = await loadEngine();
  const backend = nodeBackend();
  if (backend) return backend;
  throw new AppError(
    'engine',
    `A SavedModel is written by TensorFlow itself, and it is not loaded: ${engine.reason}.`,
    {
      hint: 'Run "vitrine engine install", or export to another format.',
    },
  );
}

/** TensorFlow's own words about a failure are kept; a full disk is called that. */
function saveVariables(backend: NodeBackend, prefix: string, { params }: ExportedCheckpoint): void {
  try {
    writeVariables(backend, prefix, { params });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const full = /no space left|quota exceeded/i.test(message);
    throw new AppError(full ? 'disk_full' : 'bad_file', `TensorFlow did not write ${prefix}: ${message}.`, {
      cause,
      ...(full ? { hint: 'Free some space and run the same command again.' } : {}),
    });
  }
}
