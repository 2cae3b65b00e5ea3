import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../src-shared/errors.ts';
import type { VitArchitecture } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { exportHuggingFace, exportTimm } from '../../src-worker/checkpoints/export-torch.ts';
import { packFlax, vitJaxState } from '../../src-worker/checkpoints/flax-state.fixture.ts';
import { inspectCheckpoint } from '../../src-worker/checkpoints/inspect-checkpoint.ts';
import { openNpz } from '../../src-worker/checkpoints/npz-file.ts';
import { openFlax } from '../../src-worker/checkpoints/open-flax.ts';
import { readCheckpoint } from '../../src-worker/checkpoints/read-checkpoint.ts';
import { readTrainingPoint } from '../../src-worker/checkpoints/read-flax.ts';
import { openSafetensors } from '../../src-worker/checkpoints/safetensors-file.ts';
import { tensorsToWrite, writeSafetensors } from '../../src-worker/checkpoints/write-safetensors.ts';
import { writeCheckpoint } from '../../src-worker/checkpoints/write-checkpoint.ts';
import { initParams } from '../../src-worker/train/init-params.ts';
import { mutateBytes, type Mutate } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { mutateMsgpack } from './mutate-msgpack.ts';
import { mutateNpz, mutateZip } from './mutate-npz.ts';
import { mutateSafetensors } from './mutate-safetensors.ts';

/** A sound file, what is done to it, and how it is opened. */
export interface Subject {
  name: string;
  /** The file that is damaged. */
  path: string;
  original: Buffer;
  mutate: Mutate;
  /** Bytes of the other files that belong to it. */
  besides: number;
  /** Opens it and reads all of it. @throws AppError, or any error: then the reader is at fault */
  load: () => Promise<Loaded>;
  /** What the sound file's `load` gave; null where damage may go unnoticed (no sums, or sums put right). */
  exactly: Loaded | null;
}

interface Loaded {
  /** Bytes of the largest array, unpacked. */
  held: number;
  /** Of all names, shapes and numbers; empty where nobody asks. */
  hash: string;
}

const TESTDATA = join(import.meta.dirname, '../../src-worker/checkpoints/testdata');

/** Small: of a large file most of the damage would hit numbers. */
const TINY: VitArchitecture = {
  family: 'vit',
  patchSize: [2, 2],
  imageSize: [4, 4],
  width: 4,
  depth: 1,
  mlpDim: 4,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: 3,
};

/** Writes the sound files below a folder. */
export async function makeCorpus(root: string): Promise<Subject[]> {
  const subjects: Subject[] = [];
  const add = async (
    name: string,
    path: string,
    { mutate, load, exact = false }: Pick<Subject, 'mutate' | 'load'> & { exact?: boolean },
  ): Promise<void> => {
    const original = await readFile(path);
    const besides = (await bytesBelow(join(path, '..'))) - original.length;
    const sound = await load(); // a subject that is refused as it is would pass every mutation
    subjects.push({ name, path, original, besides, mutate, load, exactly: exact ? sound : null });
  };

  for (const file of ['stored.npz', 'compressed.npz', 'streamed.npz', 'float32.npz', 'zeros.npz']) {
    const path = join(await folder(root, file), file);
    await cp(join(TESTDATA, file), path);
    await add(`npz ${file}`, path, { mutate: mutateZip, load: () => readNpz(path), exact: true });
    await add(`npz ${file}, sums put right`, path, { mutate: mutateNpz, load: () => readNpz(path) });
  }

  const model = join(await folder(root, 'npz'), 'model.npz');
  const params = initParams(TINY, 5);
  const labels = ['a', 'b', 'c'];
  await writeCheckpoint(model, {
    params,
    architecture: TINY,
    labels,
    preprocessing: { resolution: [4, 4], resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
    provenance: { seed: 5 },
  });
  await add('npz checkpoint', model, { mutate: mutateNpz, load: () => readModel(model) });
  const sidecar = join(model, '../model.json');
  await add('npz description', sidecar, { mutate: mutateJson, load: () => readModel(model) });

  const checkpoint = await readCheckpoint(model);
  for (const [name, write] of [['timm', exportTimm] as const, ['Hugging Face', exportHuggingFace] as const]) {
    const at = await folder(root, name);
    await write(checkpoint, at);
    for (const file of await readdir(at)) {
      const mutate = file.endsWith('.safetensors') ? mutateSafetensors : file.endsWith('.json') ? mutateJson : null;
      if (mutate) await add(`${name} ${file}`, join(at, file), { mutate, load: () => readModel(at) });
    }
  }
  const shards = await folder(root, 'shards');
  const index = await writeShards(join(root, 'Hugging Face'), shards);
  await add('index of shards', index, { mutate: mutateJson, load: () => readModel(shards) });

  const workdir = await folder(root, 'vit_jax');
  await writeFile(join(workdir, 'checkpoint_7'), packFlax(vitJaxState(params, params, 7)));
  await add('flax checkpoint', join(workdir, 'checkpoint_7'), {
    mutate: mutateMsgpack,
    load: async () => {
      const loaded = await readModel(workdir);
      await readTrainingPoint(workdir);
      return loaded;
    },
  });
  const state = join(await folder(root, 'flax'), 'state.msgpack');
  await cp(join(TESTDATA, 'flax/state.msgpack'), state);
  await add('flax state', state, { mutate: mutateMsgpack, load: () => readState(state) });

  const zarr = join(root, 'zarr');
  await cp(join(TESTDATA, 'flax/zarr'), zarr, { recursive: true });
  const zarray = join(zarr, 'params.block.cut/.zarray');
  await add('Orbax zarray', zarray, { mutate: mutateJson, load: () => readState(zarr) });
  await add('Orbax metadata', join(zarr, '_METADATA'), { mutate: mutateJson, load: () => readState(zarr) });
  const ocdbt = join(root, 'ocdbt');
  await cp(join(TESTDATA, 'flax/ocdbt'), ocdbt, { recursive: true });
  await add('Orbax manifest', join(ocdbt, 'manifest.ocdbt'), { mutate: mutateBytes, load: () => readState(ocdbt) });
  return subjects;
}

async function folder(root: string, name: string): Promise<string> {
  await mkdir(join(root, name), { recursive: true });
  return join(root, name);
}

async function bytesBelow(at: string): Promise<number> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The same tensors in two files under an index. */
async function writeShards(from: string, to: string): Promise<string> {
  const file = await openSafetensors(join(from, 'model.safetensors'));
  const parts: [string, { shape: readonly number[]; data: Float32Array }][][] = [[], []];
  let which = 0;
  try {
    await file.readThrough(
      () => 'keep',
      (name, tensor) => parts[which++ % 2]!.push([name, tensor]),
    );
  } finally {
    await file.close();
  }
  const weightMap: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    await writeSafetensors(join(to, name), tensorsToWrite(part));
    for (const [tensor] of part) weightMap[tensor] = name;
  }
  for (const json of ['config.json', 'preprocessor_config.json']) await cp(join(from, json), join(to, json));
  const index = join(to, 'model.safetensors.index.json');
  await writeFile(index, JSON.stringify({ metadata: {}, weight_map: weightMap }));
  return index;
}

async function readNpz(path: string): Promise<Loaded> {
  const npz = await openNpz(path);
  const hash = createHash('sha256');
  let held = 0;
  try {
    for (const { name } of npz.entries) {
      const { shape, data } = await npz.read(name, { bfloat16: true });
      held = Math.max(held, expectSize(name, shape, data.length));
      hash.update(JSON.stringify([name, shape])).update(data);
    }
    return { held, hash: hash.digest('hex') };
  } finally {
    await npz.close();
  }
}

/** As `inspect` and `predict` open it. What is read must be a model, whole. */
async function readModel(path: string): Promise<Loaded> {
  const { error } = await inspectCheckpoint(path);
  const { params, architecture, labels } = await readCheckpoint(path);
  if (error) throw new Error(`inspect says "${error.message}", but it is read`);
  const sizes = [...paramsOf(architecture)].map(([name, { shape }]) =>
    expectSize(name, shape, params.get(name)?.data.length),
  );
  if (labels && labels.length !== architecture.numClasses) throw new Error('labels that are not one for each class');
  return { held: Math.max(...sizes), hash: '' };
}

async function readState(path: string): Promise<Loaded> {
  const state = await openFlax(path);
  let held = 0;
  const floats = new Set(state.leaves.filter(({ dtype }) => /^b?float\d+$/.test(dtype)).map(({ name }) => name));
  try {
    await state.readThrough(
      (name) => floats.has(name),
      (name, { shape, data }) => void (held = Math.max(held, expectSize(name, shape, data.length))),
    );
    for (const leaf of state.leaves.filter(({ dtype }) => dtype.includes('int'))) {
      await state.integer(leaf).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
      });
    }
    return { held, hash: '' };
  } finally {
    await state.close();
  }
}

/** @returns its bytes as float32 */
function expectSize(name: string, shape: readonly number[], length: number | undefined): number {
  if (length !== sizeOfShape(shape)) throw new Error(`${name} has ${length} numbers for [${shape.join(', ')}]`);
  return 4 * length;
}
