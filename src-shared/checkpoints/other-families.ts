import { AppError } from '../errors.ts';

interface Family {
  title: string;
  /** True for names that only this family has. */
  has: (name: string) => boolean;
}

/** Families that are recognised by their names and not read from a .npz of vit_jax's image models. */
const OTHER_FAMILIES: readonly Family[] = [
  { title: 'an image and text model (LiT)', has: (name) => /^(img|txt)\//.test(name) },
  { title: 'a PyTorch checkpoint', has: (name) => /^(blocks|patch_embed|vit|deit)\./.test(name) },
];

/** @throws AppError bad_checkpoint, naming the family */
export function refuseOtherFamilies(shapes: ReadonlyMap<string, readonly number[]>): void {
  for (const { title, has } of OTHER_FAMILIES) {
    for (const name of shapes.keys()) {
      if (!has(name)) continue;
      throw new AppError(
        'bad_checkpoint',
        `This is ${title}, which is not supported yet (tensor ${JSON.stringify(name)}).`,
        {
          hint: "Use a plain Vision Transformer, such as AugReg's Ti_16, S_16 or B_16.",
          details: { family: title },
        },
      );
    }
  }
}
