import { checkpointInFolder } from './open-torch.ts';
import { formatOf, isFolder, type FileFormat } from './tensor-file.ts';

/**
 * The file that a checkpoint is opened by, and its format by its content. A folder is what timm and Hugging Face
 * write; of a sharded checkpoint it is the index.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function locateCheckpoint(path: string): Promise<{ path: string; format: FileFormat }> {
  const file = (await isFolder(path)) ? await checkpointInFolder(path) : path;
  const format = file.endsWith('.index.json') ? 'safetensors' : await formatOf(file);
  return { path: file, format };
}
