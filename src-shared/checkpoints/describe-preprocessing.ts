import type { Preprocessing } from './sidecar.ts';

/** A preprocessing in words, a clause each. */
export interface PreprocessingWords {
  resize: string;
  /** Null where the whole image is kept. */
  crop: string | null;
  values: string;
  jpeg: string;
  exif: string;
}

export function describePreprocessing(p: Preprocessing): PreprocessingWords {
  const { resize, antialias, resized, resolution, range, mean, std } = p;
  const how = antialias ? 'antialiased and rounded as Pillow does' : 'half-pixel centres, no antialiasing';
  const to =
    resized?.fit === 'short side'
      ? `the short side to ${resized.length} px, ${how}, aspect ratio kept`
      : `to ${px(resized?.size ?? resolution)}, ${how}, aspect ratio not kept`;
  return {
    resize: `${resize}${resized?.fit === 'short side' ? ',' : ''} ${to}`,
    crop:
      resized === undefined ? null : `central ${px(resolution)}${p.corner === 'down' ? ', corner rounded down' : ''}`,
    values:
      range === '[-1, 1]'
        ? '(x − 127.5) / 127.5 a channel'
        : `(x / 255 − mean) / std with mean ${numbers(mean!)} and std ${numbers(std!)}`,
    jpeg: p.dct === 'accurate' ? 'accurate DCT' : 'fast DCT',
    exif: p.exif === 'exif' ? 'orientation followed' : 'orientation ignored',
  };
}

/** The same in one sentence without its stop. */
export function preprocessingSentence(preprocessing: Preprocessing): string {
  const { resize, crop, values, jpeg, exif } = describePreprocessing(preprocessing);
  return [resize, ...(crop === null ? [] : [crop]), values, `JPEG by the ${jpeg}`, `EXIF ${exif}`].join(', ');
}

function px([height, width]: readonly [number, number]): string {
  return `${height} × ${width} px`;
}

/** With no more digits than float32 has. */
function numbers(values: readonly number[]): string {
  return values.map((value) => Number(value.toPrecision(7))).join(', ');
}
