import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openFlaxFile } from './flax-file.ts';
import { openOrbax } from './orbax-file.ts';
import type { StateFile } from './state-file.ts';
import { isFolder } from './tensor-file.ts';

/**
 * Opens what flax.training.checkpoints writes: a file of its own, or a folder that Orbax wrote for it.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function openFlax(path: string): Promise<StateFile> {
  return (await isFolder(path)) ? openOrbax(path) : openFlaxFile(path);
}

/** The checkpoint with the highest step in a workdir of vit_jax, or null. What is still being written doesn't count. */
export async function newestCheckpointOfRun(folder: string): Promise<string | null> {
  const steps = (await readdir(folder)).flatMap((name) => {
    const match = /^checkpoint_(\d{1,15})$/.exec(name);
    return match ? [{ name, step: Number(match[1]) }] : [];
  });
  if (steps.length === 0) return null;
  return join(folder, steps.reduce((newest, each) => (each.step > newest.step ? each : newest)).name);
}
