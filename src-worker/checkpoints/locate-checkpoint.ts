import { checkpointInFolder } from './open-torch.ts';
import { isOrbaxFolder } from './orbax-folder.ts';
import { formatOf, isFolder, type FileFormat } from './tensor-file.ts';

/**
 * The file that a checkpoint is opened by, and its format by its content. A folder is what timm and Hugging Face
 * write, where of a sharded checkpoint it is the index; a workdir of vit_jax; or what Orbax wrote, which stays a folder.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function locateCheckpoint(path: string): Promise<{ path: string; format: FileFormat }> {
  if (await isOrbaxFolder(path)) return { path, format: 'flax' };
  const file = (await isFolder(path)) ? await checkpointInFolder(path) : path;
  if (await isOrbaxFolder(file)) return { path: file, format: 'flax' };
  const format = file.endsWith('.index.json') ? 'safetensors' : await formatOf(file);
  return { path: file, format };
}
