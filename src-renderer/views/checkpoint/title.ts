import type { CheckpointView } from './checkpoint.svelte.ts';
import { strings } from './strings.ts';

type Titled = Pick<CheckpointView, 'detail' | 'file'>;

/** What a checkpoint is called: model and set by the catalog, else its file's name. */
export function titleOf({ detail, file }: Titled): string {
  if (detail) {
    const { checkpoint, pretraining } = detail;
    if (checkpoint?.adaptDs)
      return `${checkpoint.model} · ${strings.adapted(checkpoint.adaptDs, checkpoint.resolution)}`;
    return `${pretraining.model}${pretraining.ds === null ? '' : ` · ${strings.pretrained(pretraining.ds)}`}`;
  }
  if (!file) return strings.title;
  const parts = file.path.split(/[\\/]/);
  const last = parts.at(-1) ?? file.path;
  // A model.safetensors is told from others by its folder.
  return /^model\./.test(last) && parts.length > 1 ? `${parts.at(-2)}/${last}` : last;
}
