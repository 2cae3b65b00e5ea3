import type { Preprocessing } from '../sidecar.ts';

/** What a person should know where the target rounds the corner of the middle otherwise than the model's images had it. */
export function cornerNotes(
  target: string,
  { resized, resolution, corner }: Preprocessing,
  own: Preprocessing['corner'],
): string[] {
  if (resized === undefined || corner === own) return [];
  const even = resized.fit === 'stretch' && resized.size.every((side, axis) => (side - resolution[axis]!) % 2 === 0);
  if (even) return [];
  return [`Where an odd number of pixels is cut off, ${target} may begin a pixel beside where this model did.`];
}
