import type { DatasetImageDetails } from '../../../src-shared/contract/datasets.ts';
import { statImage } from './image-file.ts';
import { inspectImage } from './inspect-image.ts';

type Facts = Pick<DatasetImageDetails, 'width' | 'height' | 'format' | 'bytes'>;

/** How large an image is, as a person sees it: one that the camera held turned is told turned. */
export async function imageDetails(path: string): Promise<Facts> {
  const [file, inspection] = await Promise.all([statImage(path), inspectImage(path, 'headers')]);
  const bytes = file?.size ?? null;
  if ('bad' in inspection) return { width: null, height: null, format: null, bytes };
  const { format, width, height, orientation } = inspection.facts;
  const turned = orientation > 4;
  return { width: turned ? height : width, height: turned ? width : height, format, bytes };
}
