import type { Preprocessing } from './sidecar.ts';

/** How images become a model's input, in one line for a person. */
export function describePreprocessing(p: Preprocessing): string {
  const method = `${p.resize}${p.antialias ? ' with antialiasing' : ''}`;
  const size = `${p.resolution.join('x')} px`;
  const resize =
    p.resized === undefined
      ? `${size}, ${method}`
      : `${p.resized.fit === 'stretch' ? `stretched to ${p.resized.size.join('x')}` : `short side to ${p.resized.length}`} px, ${method}, middle ${size}`;
  const values =
    p.range === '[-1, 1]'
      ? `values in ${p.range}`
      : `(x / 255 - mean) / std with mean ${p.mean?.join(', ')} and std ${p.std?.join(', ')}`;
  return `${resize}, ${values}, EXIF orientation ${p.exif === 'exif' ? 'followed' : 'ignored'}`;
}
