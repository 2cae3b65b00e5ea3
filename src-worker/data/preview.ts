import { writeFile } from 'node:fs/promises';
import { plainResize, preparationFor } from '../../src-shared/checkpoints/preprocessing.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { targetArchitecture } from '../../src-shared/config/target-architecture.ts';
import type { PreviewInput, PreviewResult } from '../../src-shared/contract/preview.ts';
import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import { rangeSteps } from '../../src-shared/data/range-steps.ts';
import { openCheckpoint } from '../checkpoints/open-checkpoint.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import type { ProgramSpec } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { microBatches } from '../train/batch-sizes.ts';
import { checkMixing } from '../train/start.ts';
import { contactSheet, type SheetCell } from './contact-sheet.ts';
import { ImagePipeline } from './image-pipeline.ts';
import { takesContents, withContents } from './packed-chunks.ts';
import { explainPipelineError } from './pipeline-error.ts';
import { planPreview, type PlacedImage, type PlannedDraw } from './preview-plan.ts';

/** AugReg's resolution, where neither configuration nor checkpoint says one, px. */
const RESOLUTION = 224;

/**
 * Writes a sheet of training images as the model will see them: by the pipeline and the plan that training uses, mixed
 * as its step mixes them, with the range of values undone. A row an image, a column an epoch.
 * @throws AppError as a checkpoint's and a pipeline's; config
 */
export async function preview(input: PreviewInput): Promise<PreviewResult> {
  const { config, train, classNames } = input;
  checkMixing(config);
  const { preprocessing, notes } = await preparation(input);
  const { resolution } = preprocessing;
  const [height, width] = resolution;
  const rows = planPreview(
    { config, microBatch: config.batch / microBatches(config), numItems: train.paths.length, imageSize: resolution },
    input,
  );
  // Each draw, then what each is mixed with.
  const needed = (row: PlannedDraw[]): PlacedImage[] => [...row, ...row.flatMap(({ mix }) => (mix ? [mix.with] : []))];
  const engine = await loadEngine();
  const spec = imagesOf(
    new ImagePipeline({
      name: 'train',
      mode: 'train',
      batch: needed(rows[0]!).length,
      packed: train.paths.some(isPackedPath),
      parallelism: engine.threads.intra,
      preprocessing,
      cropAreaMin: config.vitrine.crop_area_min,
      flip: config.vitrine.flip,
      augmentation: config.vitrine.aug,
    }),
  );
  const label = (item: number): string => classNames[train.labels[item]!] ?? '';
  const program = await createProgram(engine, spec);
  const sheet: SheetCell[][] = [];
  try {
    for (const row of rows) {
      const chunk = chunkOf(needed(row), input);
      await program.startPipeline('train', takesContents(program, 'train') ? await withContents(chunk) : chunk);
      const { data } = (await program.call('next'))['images']!;
      const size = height * width * 3;
      const image = (i: number): Float32Array => (data as Float32Array).subarray(i * size, (i + 1) * size);
      sheet.push(
        row.map((draw, i) => {
          const values = draw.mix ? mixedWith(image(i), image(row.length + i), { by: draw.mix.by, width }) : image(i);
          return { pixels: levelsOf(values, preprocessing), caption: captionOf(draw, label) };
        }),
      );
    }
    const { png, ...size } = await contactSheet(sheet, resolution);
    await writeFile(input.output, png);
    const images = rows.map((row) => ({
      path: train.paths[row[0]!.item]!,
      label: label(row[0]!.item),
      draws: row.map(({ epoch, step, mix }) => ({
        epoch,
        step,
        mixed: mix && { label: label(mix.with.item), own: mix.by.label },
      })),
    }));
    return { ...size, resolution: [height, width], images, notes, engine: describeEngine(engine) };
  } catch (error) {
    throw await explainPipelineError(
      error,
      rows.flatMap(needed).map(({ item }) => train.paths[item]!),
    );
  } finally {
    program.dispose();
  }
}

/** How a run would prepare its images. */
async function preparation(input: PreviewInput): Promise<{ preprocessing: Preprocessing; notes: string[] }> {
  const { config, checkpoint: path, classNames } = input;
  if (path === null) {
    const side = config.pp.crop ?? RESOLUTION;
    const note = `No checkpoint and no pp.crop was named: images of ${RESOLUTION} px, prepared as AugReg's.`;
    return { preprocessing: plainResize([side, side]), notes: config.pp.crop === null ? [note] : [] };
  }
  const opened = await openCheckpoint(path);
  try {
    const reading = opened.describe({});
    const { imageSize } = targetArchitecture(config, reading, classNames.length);
    return preparationFor(path, reading, imageSize);
  } finally {
    await opened.file.close();
  }
}

function imagesOf(pipeline: ImagePipeline): ProgramSpec {
  return {
    name: 'preview',
    state: {},
    pipelines: { train: pipeline },
    methods: { next: { pipeline: 'train', run: (_, { images }) => ({ outputs: { images: images! } }) } },
  };
}

function chunkOf(images: readonly PlacedImage[], { train }: PreviewInput): PlanChunk {
  return {
    paths: images.map(({ item }) => train.paths[item]!),
    labels: Int32Array.from(images, ({ item }) => train.labels[item]!),
    seeds: Int32Array.from(images.flatMap(({ seed }) => [...seed])),
    weights: new Float32Array(images.length).fill(1),
  };
}

/** What train/mix.ts makes of one image, in TypeScript. */
function mixedWith(
  own: Float32Array,
  other: Float32Array,
  { by, width }: { by: NonNullable<PlannedDraw['mix']>['by']; width: number },
): Float32Array {
  const [top, left, bottom, right] = by.box;
  return own.map((value, i) => {
    const [row, column] = [Math.floor(i / (width * 3)), Math.floor(i / 3) % width];
    const share = row >= top && row < bottom && column >= left && column < right ? by.inside : by.outside;
    return share * value + (1 - share) * other[i]!;
  });
}

/** From the model's range of values back to levels; what lies outside of them is cut off. */
export function levelsOf(values: Float32Array, preprocessing: Preprocessing): Uint8Array {
  const steps = rangeSteps(preprocessing).reverse();
  return Uint8Array.from(values, (value, i) => {
    const level = steps.reduce((v, { op, by }) => (op === 'subtract' ? v + by[i % 3]! : v * by[i % 3]!), value);
    return Math.min(255, Math.max(0, Math.round(level)));
  });
}

function captionOf({ item, mix }: PlannedDraw, label: (item: number) => string): string {
  if (mix === null || mix.by.label === 1) return label(item);
  const percent = Math.round(mix.by.label * 100);
  return `${percent} ${label(item)}, ${100 - percent} ${label(mix.with.item)}`;
}
