import sharp from 'sharp';
import { decodeBmp } from '../../src-shared/data/bmp.ts';
import type { RgbImage } from '../../src-shared/data/resize-bilinear.ts';
import { SNIFF_BYTES, sniff } from '../../src-shared/data/sniff.ts';
import { AppError } from '../../src-shared/errors.ts';
import { readEncoded } from './packed-bytes.ts';

/** Pillow's limit, 2 × 89,478,485: larger images are refused as decompression bombs. */
const MAX_PIXELS = 178_956_970;

export interface DecodeOptions {
  /** Turn the image as its EXIF orientation says; vit_jax doesn't. */
  exif?: boolean;
}

/**
 * Decodes a file to 8-bit RGB as TensorFlow's DecodeImage does: alpha dropped and not blended, the high byte of 16
 * bits, colour profiles ignored, CMYK by (255 - k)(255 - c) / 255, the first frame of a GIF. JPEG with the accurate
 * DCT, where TensorFlow's default is the fast one. Throws bad_file with the path and the reason.
 */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<RgbImage<Uint8Array>> {
  const [file] = (await readEncoded([path])) as [Uint8Array];
  try {
    const kind = sniff(file.subarray(0, SNIFF_BYTES));
    if (kind.format === null) throw new Error(`it is ${kind.looksLike}`);
    return kind.format === 'bmp' ? decodeBmp(file) : await decodeWithSharp(file, options.exif ?? false);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new AppError('bad_file', `The image ${path} doesn't decode: ${reason}.`, {
      hint: 'Replace it, or leave it out with --skip-bad.',
      details: { path, reason },
      cause: error,
    });
  }
}

async function decodeWithSharp(file: Uint8Array, exif: boolean): Promise<RgbImage<Uint8Array>> {
  const image = sharp(file, { failOn: 'error', ignoreIcc: true, limitInputPixels: MAX_PIXELS });
  const turned = exif ? image.autoOrient() : image;
  if ((await image.metadata()).space === 'cmyk') {
    const { data, info } = await turned
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data: cmykToRgb(data, info.channels), height: info.height, width: info.width };
  }
  const { data, info } = await turned.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data: info.channels === 1 ? repeatChannel(data) : data, height: info.height, width: info.width };
}

function cmykToRgb(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - data[i * channels + 3]!;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = Math.floor((light * (255 - data[i * channels + c]!)) / 255);
  }
  return rgb;
}

function repeatChannel(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i]!, i * 3, i * 3 + 3);
  return rgb;
}
