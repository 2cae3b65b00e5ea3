import { join } from 'node:path';
import { intoFile, type Slot } from '../../src-shared/checkpoints/layouts/slot.ts';
import { hfLayout } from '../../src-shared/checkpoints/layouts/write-hf.ts';
import { timmLayout, type WrittenLayout } from '../../src-shared/checkpoints/layouts/write-timm.ts';
import { sizeOfShape, type Params } from '../../src-shared/models/params.ts';
import type { ExportedCheckpoint } from './export-onnx.ts';
import { writeFileAtomically } from './stage-file.ts';
import { writeSafetensors, type TensorToWrite } from './write-safetensors.ts';

/** What was written, and what the target can't say or does otherwise. */
export interface TorchExport {
  /** Names in the folder, the weights first. */
  files: string[];
  notes: string[];
}

/**
 * Writes model.safetensors and config.json as timm has them: `timm.create_model('local-dir:DIR', pretrained=True)`.
 * Equal checkpoints give equal bytes.
 * @param dir that exists
 * @throws AppError usage where timm has no such model; disk_full, not_found, bad_file
 */
export function exportTimm(checkpoint: ExportedCheckpoint, dir: string): Promise<TorchExport> {
  return write(checkpoint, dir, timmLayout(described(checkpoint)));
}

/**
 * Writes model.safetensors, config.json and preprocessor_config.json as transformers has them: `from_pretrained(DIR)`.
 * Otherwise as `exportTimm`.
 */
export function exportHuggingFace(checkpoint: ExportedCheckpoint, dir: string): Promise<TorchExport> {
  return write(checkpoint, dir, hfLayout(described(checkpoint)));
}

function described({ architecture, labels = null, preprocessing = null, unprepared }: ExportedCheckpoint) {
  return { architecture, labels, preprocessing, unprepared };
}

async function write(
  { params }: ExportedCheckpoint,
  dir: string,
  { slots, json, notes }: WrittenLayout,
): Promise<TorchExport> {
  const files = ['model.safetensors'];
  for (const [name, content] of Object.entries(json)) {
    const text = new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
    await writeFileAtomically(join(dir, name), (sink) => sink.write(text));
    files.push(name);
  }
  await writeSafetensors(join(dir, files[0]!), tensorsOf(params, slots));
  return { files, notes };
}

/** The file's tensors, each made when its turn comes. */
function* tensorsOf(params: Params, slots: readonly Slot[]): Generator<TensorToWrite> {
  const placed = new Set(slots.map((slot) => slot.linen));
  const left = [...params.keys()].filter((name) => !placed.has(name));
  if (left.length > 0) throw new Error(`no place in the file for ${left.join(', ')}`);
  for (const [name, parts] of Map.groupBy(slots, (slot) => slot.file)) {
    const shape = parts[0]!.fileShape;
    yield {
      name,
      shape,
      data: () => {
        const data = new Float32Array(sizeOfShape(shape));
        for (const slot of parts) intoFile(slot, paramNamed(params, slot.linen), data);
        return data;
      },
    };
  }
}

function paramNamed(params: Params, name: string): Float32Array {
  const param = params.get(name);
  if (!param) throw new Error(`parameter ${name} is missing`);
  return param.data;
}
