import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { checkpointFail, quoteName, someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { readJsonFile } from './json-file.ts';
import { newestCheckpointOfRun } from './open-flax.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.ts';
import type { TensorFile } from './tensor-entry.ts';

/**
 * A checkpoint in safetensors with what stands beside it: one file, or several shards under an index. The path of
 * shards is the index, their SHA-256 that of their sums in hexadecimal, in the index's order.
 */
export interface TorchCheckpoint extends TensorFile {
  /** config.json and preprocessor_config.json, parsed; null where there are none. */
  readonly config: unknown;
  readonly preprocessor: unknown;
}

const FILE = 'model.safetensors';
const INDEX = `${FILE}.index.json`;
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;

/**
 * The file of a folder that a checkpoint is opened by: model.safetensors, its index, model.npz, or the newest
 * checkpoint_N of a workdir of vit_jax (a folder itself where Orbax wrote it).
 * @throws AppError bad_checkpoint where it holds none; not_found
 */
export async function checkpointInFolder(folder: string): Promise<string> {
  for (const name of [FILE, INDEX, 'model.npz']) if (await exists(join(folder, name))) return join(folder, name);
  const ofRun = await newestCheckpointOfRun(folder);
  if (ofRun !== null) return ofRun;
  const fail = checkpointFail(folder);
  for (const name of ['pytorch_model.bin', 'pytorch_model.bin.index.json']) {
    if (!(await exists(join(folder, name)))) continue;
    throw fail('it holds only a PyTorch pickle, which can run any code when it is read and is never opened here.', {
      hint: 'Convert it where it came from: model.save_pretrained(folder, safe_serialization=True).',
    });
  }
  throw fail(`there is no checkpoint in this folder.`, {
    hint: `Expected ${FILE}, ${INDEX}, model.npz or vit_jax's checkpoint_N in it.`,
  });
}

/** @param path of a .safetensors file, of one shard, or of an index. @throws AppError not_found, bad_file, bad_checkpoint */
export async function openTorch(path: string): Promise<TorchCheckpoint> {
  const folder = dirname(path);
  const opened = path.endsWith('.index.json')
    ? await openShards(path)
    : SHARD.test(path) && (await exists(join(folder, INDEX)))
      ? await openShards(join(folder, INDEX))
      : await openSafetensors(path);
  try {
    const config = await readJsonFile(join(folder, 'config.json'));
    const preprocessor = await readJsonFile(join(folder, 'preprocessor_config.json'));
    return { ...opened, config, preprocessor };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

const IndexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

async function openShards(indexPath: string): Promise<TensorFile> {
  const fail = checkpointFail(indexPath);
  const parsed = v.safeParse(IndexSchema, await readJsonFile(indexPath), { abortEarly: true });
  if (!parsed.success) throw fail('it has no "weight_map" of tensors to files.');
  const shardOf = new Map(Object.entries(parsed.output.weight_map));
  const names = [...new Set(shardOf.values())].sort();
  const outside = names.find(
    (name) => basename(name) !== name || /[\\/:]/.test(name) || !name.endsWith('.safetensors'),
  );
  if (outside !== undefined) throw fail(`it names ${quoteName(outside)}, which is no .safetensors file beside it.`);
  const absent: string[] = [];
  for (const name of names) if (!(await exists(join(dirname(indexPath), name)))) absent.push(name);
  if (absent.length > 0) {
    throw fail(`${absent.length} of its ${names.length} files are missing: ${someNames(absent)}.`, {
      hint: 'Copy all of them into the same folder.',
    });
  }
  const shards: SafetensorsFile[] = [];
  const close = async (): Promise<void> => {
    for (const shard of shards) await shard.close();
  };
  try {
    for (const name of names) shards.push(await openSafetensors(join(dirname(indexPath), name)));
    for (const [i, shard] of shards.entries()) checkShard(shard, names[i]!, { indexPath, shardOf });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    path: indexPath,
    size: shards.reduce((sum, shard) => sum + shard.size, 0),
    entries: shards.flatMap((shard) => [...shard.entries]),
    async readThrough(wanted, visit) {
      const hash = createHash('sha256');
      for (const shard of shards) hash.update(await shard.readThrough(wanted, visit));
      return hash.digest('hex');
    },
    close,
  };
}

/** A shard holds exactly what the index says, or it belongs to another checkpoint. */
function checkShard(
  shard: SafetensorsFile,
  name: string,
  { indexPath, shardOf }: { indexPath: string; shardOf: ReadonlyMap<string, string> },
): void {
  const held = new Set(shard.entries.map((entry) => entry.name));
  const lacking = [...shardOf].filter(([tensor, file]) => file === name && !held.has(tensor)).map(([tensor]) => tensor);
  const tooMany = [...held].filter((tensor) => shardOf.get(tensor) !== name);
  if (lacking.length === 0 && tooMany.length === 0) return;
  const what = [
    ...(lacking.length > 0 ? [`lacks ${someNames(lacking)}`] : []),
    ...(tooMany.length > 0 ? [`holds ${someNames(tooMany)}, which it shouldn't`] : []),
  ];
  throw checkpointFail(shard.path)(
    `it is not the file that ${basename(indexPath)} describes: it ${what.join(' and ')}.`,
    {
      hint: 'Files of different checkpoints are mixed; copy all of one again.',
    },
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
