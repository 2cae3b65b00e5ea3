// Prepares images as JSON files of timm and transformers say, for python/prepared_images.py. `prepared-images.ts REQUEST.json`:
// writes CASE-IMAGE.f32 beside it, float32 [h, w, 3].
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hfPreprocessing } from '../src-shared/checkpoints/layouts/hf-processor.ts';
import type { LayoutFile } from '../src-shared/checkpoints/layouts/layout.ts';
import { timmConfig } from '../src-shared/checkpoints/layouts/timm-config.ts';
import { prepareEval } from '../src-shared/data/preprocess.ts';
import { decodeImage } from '../src-worker/data/decode-image.ts';

interface Request {
  images: string[];
  cases: { library: 'timm' | 'transformers'; config: Record<string, unknown> }[];
}

const request = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as Request;
const folder = dirname(process.argv[2]!);

for (const [k, { library, config }] of request.cases.entries()) {
  const file: LayoutFile = { shapes: new Map(), config: { pretrained_cfg: config }, preprocessor: config };
  const { preprocessing, unprepared } = library === 'timm' ? timmConfig(file).prepared : hfPreprocessing(file, 'ViT');
  if (preprocessing === null) throw new Error(`${JSON.stringify(config)}: ${unprepared}`);
  for (const [i, path] of request.images.entries()) {
    await writeFile(join(folder, `${k}-${i}.f32`), prepareEval(await decodeImage(path), preprocessing));
  }
}
