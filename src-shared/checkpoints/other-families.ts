import { AppError } from '../errors.ts';

interface Family {
  /** Completes "This is …". */
  title: string;
  hint: string;
  /** True for names that only this family has. */
  has: (name: string) => boolean;
}

/** Families that are recognised by their names and not read from a .npz of vit_jax's image models. */
const OTHER_FAMILIES: readonly Family[] = [
  {
    title: 'an image and text model (LiT) and not a classifier',
    hint: 'Classify with it by labels in words: "vitrine zero-shot".',
    has: (name) => /^(img|txt)\//.test(name),
  },
  {
    title: "a PyTorch model's weights in a .npz, which is not supported",
    hint: "Use them as safetensors, in timm's or Hugging Face's layout.",
    has: (name) => /^(blocks|patch_embed|vit|deit)\./.test(name),
  },
];

/** @throws AppError bad_checkpoint, naming the family */
export function refuseOtherFamilies(shapes: ReadonlyMap<string, readonly number[]>): void {
  for (const { title, hint, has } of OTHER_FAMILIES) {
    for (const name of shapes.keys()) {
      if (!has(name)) continue;
      throw new AppError('bad_checkpoint', `This is ${title} (tensor ${JSON.stringify(name)}).`, {
        hint,
        details: { family: title },
      });
    }
  }
}
