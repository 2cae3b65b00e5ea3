import { readFile } from 'node:fs/promises';
import { Buffer } from 'node:buffer';
import type { RgbImage } from '../../src-shared/data/resize-bilinear.ts';
import type { OpAttr, TFJSBinding } from '../engine/binding.ts';

/** How TensorFlow computes a JPEG's inverse DCT; its default is the fast one, and that is what vit_jax sees. */
export type DctMethod = 'INTEGER_FAST' | 'INTEGER_ACCURATE';

/** Decodes a file with TensorFlow to 8-bit RGB: tf.io.decode_jpeg for JPEG, tf.io.decode_image for the rest. */
export async function decodeWithTensorFlow(
  binding: TFJSBinding,
  path: string,
  method: DctMethod,
): Promise<RgbImage<Uint8Array>> {
  const bytes = await readFile(path);
  const attribute = (name: string, type: number, value: OpAttr['value']): OpAttr => ({ name, type, value });
  const channels = attribute('channels', binding.TF_ATTR_INT, 3);
  const type = (name: string, value: number): OpAttr => attribute(name, binding.TF_ATTR_TYPE, value);
  const made = [binding.createTensor([], binding.TF_STRING, [new Uint8Array(Buffer.from(bytes))])];
  const run = (op: string, attributes: OpAttr[]): { id: number; shape: number[] } => {
    const result = binding.executeOp(op, attributes, [made.at(-1)!], 1)[0]!;
    made.push(result.id);
    return result;
  };
  try {
    if (isJpeg(bytes)) run('DecodeJpeg', [channels, attribute('dct_method', binding.TF_ATTR_STRING, method)]);
    else
      run('DecodeImage', [
        channels,
        type('dtype', binding.TF_UINT8),
        attribute('expand_animations', binding.TF_ATTR_BOOL, false),
      ]);
    // The binding copies no bytes out.
    const { id, shape } = run('Cast', [type('SrcT', binding.TF_UINT8), type('DstT', binding.TF_INT32)]);
    const [height, width] = shape as [number, number, number];
    return { data: Uint8Array.from(binding.tensorDataSync(id) as Int32Array), height, width };
  } finally {
    for (const id of made) binding.deleteTensor(id);
  }
}

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}
