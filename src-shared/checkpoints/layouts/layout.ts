import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { Architecture } from '../../models/architecture.ts';
import { someNames } from '../checkpoint-error.ts';
import type { Preprocessing } from '../sidecar.ts';
import type { Slot } from './slot.ts';

/** What a PyTorch checkpoint says of itself: its tensors, and the JSON files beside them. */
export interface LayoutFile {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** config.json, parsed; null where there is none. */
  readonly config: unknown;
  /** preprocessor_config.json, parsed; null where there is none. */
  readonly preprocessor: unknown;
  /** Height and width, px, where the configuration doesn't say and the grid of patches is not square. */
  readonly imageSize?: readonly [number, number] | undefined;
}

/** How a file wants images prepared. */
export interface Prepared {
  preprocessing: Preprocessing | null;
  /** Why that can't be done here, a clause; absent where it can, or where the file doesn't say. */
  unprepared?: string;
}

export function unprepared(why: string): Prepared {
  return { preprocessing: null, unprepared: why };
}

export interface LayoutContent extends Prepared {
  architecture: Architecture;
  slots: Slot[];
  /** Class names in the order of the logits; null where they aren't known. */
  labels: string[] | null;
  /** What the file leaves open and how it was taken, a sentence each. */
  notes: string[];
}

/** One way in which a program names and shapes a model's tensors. */
export interface Layout {
  readonly id: 'timm-vit' | 'timm-deit' | 'timm-mixer' | 'timm-hybrid' | 'hf-vit' | 'hf-deit';
  readonly title: string;
  /** Names that belong to this layout, for finding the nearest one. */
  readonly names: RegExp;
  /** Names of tensors that a model of this layout computes with: one that has no place means it is another model. */
  readonly computed: RegExp;
  matches(file: LayoutFile): boolean;
  /** @throws AppError bad_checkpoint */
  read(file: LayoutFile): LayoutContent;
}

export function bad(message: string, hint?: string): AppError {
  return new AppError('bad_checkpoint', message, hint === undefined ? {} : { hint });
}

/** A shape as the pattern has it, all numbers positive; letters stand for any number. */
export function expectShape(file: LayoutFile, name: string, pattern: readonly (number | string)[]): number[] {
  const shape = file.shapes.get(name);
  if (!shape) {
    throw new AppError('bad_checkpoint', `There is no tensor "${name}".`, {
      hint: `Found: ${someNames(file.shapes.keys())}.`,
      details: { missing: [name] },
    });
  }
  const fits =
    shape.length === pattern.length &&
    shape.every((d, i) => d > 0 && (typeof pattern[i] === 'string' || pattern[i] === d));
  if (!fits) throw bad(`"${name}" has shape [${shape.join(', ')}] where [${pattern.join(', ')}] is expected.`);
  return [...shape];
}

/** Counts blocks by a pattern whose first group is the number. @throws AppError when one is missing in between */
export function countBlocks(file: LayoutFile, pattern: RegExp): number {
  const found = new Set<number>();
  for (const name of file.shapes.keys()) {
    const match = pattern.exec(name);
    if (match) found.add(Number(match[1]));
  }
  for (let block = 0; block < found.size; block++) {
    if (!found.has(block)) throw bad(`Block ${block} is missing, though there are ${found.size} blocks.`);
  }
  return found.size;
}

/** A JSON file as the schema has it. @throws AppError naming file and field */
export function jsonAs<S extends v.GenericSchema>(schema: S, json: unknown, name: string): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw bad(`${name}: ${v.getDotPath(issue) ?? 'the document'}: ${issue.message}.`);
}

/** Labels where there are as many as classes; otherwise none, with a note. */
export function fitLabels(labels: string[] | null, numClasses: number | null, notes: string[]): string[] | null {
  if (labels === null || labels.length === numClasses) return labels;
  notes.push(`config.json names ${labels.length} classes, the head has ${numClasses ?? 0}: labels are left out.`);
  return null;
}

/**
 * The image size from the number of patches.
 * @param stride px of the image that a patch stands for
 * @param wanted what the configuration says, taken where it fits
 */
export function imageSizeOf(
  patches: number,
  stride: readonly [number, number],
  wanted: readonly [number, number] | undefined,
): [number, number] {
  if (wanted) {
    const fits = Math.floor(wanted[0] / stride[0]) * Math.floor(wanted[1] / stride[1]) === patches;
    if (fits) return [wanted[0], wanted[1]];
  }
  const side = Math.round(Math.sqrt(patches));
  if (side * side !== patches || patches <= 0) {
    const said = wanted ? ` and config.json's image of ${wanted.join('x')} px doesn't fit them` : '';
    throw bad(
      `Its ${patches} position embeddings don't form a square grid${said}, so image height and width aren't known.`,
      'Give the size in config.json: image_size (Hugging Face) or model_args.img_size (timm), [height, width].',
    );
  }
  return [side * stride[0], side * stride[1]];
}
