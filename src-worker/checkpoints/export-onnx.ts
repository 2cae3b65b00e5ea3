import { basename, join } from 'node:path';
import { onnxImageModel } from '../../src-shared/onnx/image-model.ts';
import { encodeOnnx, rawBytes, type ExternalData, type OnnxModel } from '../../src-shared/onnx/model.ts';
import type { Checkpoint } from './checkpoint.ts';
import { stageFile, type ByteSink, type StagedFile } from './stage-file.ts';

/** A protocol buffer ends at 2 GiB; readers refuse more. */
const MAX_PROTOBUF_BYTES = 2 ** 31 - 1;
/** Smaller tensors stay in the model: shapes and other constants, which readers want at hand. */
const MIN_EXTERNAL_BYTES = 1024;
/** Readers map the file into memory a page at a time. */
const ALIGNMENT = 4096;

export interface ExportOnnxOptions {
  /** Of the model's file; the weights' file, where there is one, has `.data` after it. */
  name?: string;
  /** Kept in the file beside labels and preprocessing. */
  metadata?: Readonly<Record<string, string>>;
  /** Models of more bytes get a file of weights beside them. */
  maxBytes?: number;
}

/** What an export needs of a checkpoint. */
export type ExportedCheckpoint = Pick<Checkpoint, 'params' | 'architecture'> &
  Partial<Pick<Checkpoint, 'labels' | 'preprocessing' | 'unprepared'>>;

/**
 * Writes a model as ONNX (opset 17): input `images` [batch, H, W, 3] as the model takes them, output `logits`. Any
 * batch. Labels and preprocessing stand in metadata_props as JSON. Equal checkpoints give equal bytes.
 * @param dir that exists
 * @returns the files' names in `dir`, the model first
 * @throws AppError usage for a family without ONNX graph, disk_full, not_found, bad_file
 */
export async function exportOnnx(
  { params, architecture, labels, preprocessing }: ExportedCheckpoint,
  dir: string,
  { name = 'model.onnx', metadata = {}, maxBytes = MAX_PROTOBUF_BYTES }: ExportOnnxOptions = {},
): Promise<{ files: string[] }> {
  const model = onnxImageModel(params, architecture, {
    ...(labels ? { labels: JSON.stringify(labels) } : {}),
    ...(preprocessing ? { preprocessing: JSON.stringify(preprocessing) } : {}),
    ...metadata,
  });
  if (sizeOf(model) <= maxBytes) {
    const file = await stageFile(join(dir, name), (sink) => writeModel(sink, model));
    await file.commit();
    return { files: [name] };
  }
  const external = placeOutside(model, `${basename(name)}.data`);
  const numbers = await stageFile(join(dir, external.location), (sink) => writeNumbers(sink, model, external));
  let file: StagedFile;
  try {
    file = await stageFile(join(dir, name), (sink) => writeModel(sink, model, external));
  } catch (error) {
    await numbers.discard();
    throw error;
  }
  await numbers.commit().catch(async (error: unknown) => {
    await file.discard();
    throw error;
  });
  await file.commit();
  return { files: [name, external.location] };
}

function sizeOf(model: OnnxModel): number {
  let size = 0;
  for (const part of encodeOnnx(model)) size += part.byteLength;
  return size;
}

async function writeModel(sink: ByteSink, model: OnnxModel, external?: ExternalData): Promise<void> {
  for (const part of encodeOnnx(model, external)) await sink.write(part);
}

function placeOutside(model: OnnxModel, location: string): ExternalData {
  const offsets = new Map<string, number>();
  let end = 0;
  for (const tensor of model.initializers) {
    const { byteLength } = rawBytes(tensor);
    if (byteLength < MIN_EXTERNAL_BYTES) continue;
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    offsets.set(tensor.name, offset);
    end = offset + byteLength;
  }
  return { location, offsets };
}

async function writeNumbers(sink: ByteSink, model: OnnxModel, { offsets }: ExternalData): Promise<void> {
  for (const tensor of model.initializers) {
    const offset = offsets.get(tensor.name);
    if (offset === undefined) continue;
    await sink.write(new Uint8Array(offset - sink.position));
    await sink.write(rawBytes(tensor));
  }
}
