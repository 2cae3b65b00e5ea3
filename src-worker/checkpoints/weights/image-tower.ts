import { same, type Slot } from '../../../src-shared/checkpoints/layouts/slot.ts';
import { LIT } from '../../../src-shared/checkpoints/lit-architecture.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { namesByLinen } from '../checkpoint-layout.ts';
import type { OpenCheckpoint } from '../opened-checkpoint.ts';
import { expectedReading } from '../read-checkpoint.ts';

/** The part of a checkpoint that sees images: all of a classifier, one tower of an image and text model. */
export interface ImageTower {
  architecture: Architecture;
  /** Where a parameter stands in the file; undefined for one that it hasn't. */
  readonly slot: (linen: string) => Slot | undefined;
}

/** @throws AppError bad_checkpoint: an unknown layout */
export function imageTower(opened: OpenCheckpoint): ImageTower {
  const lit = opened.describeLit?.({}) ?? null;
  if (!lit) {
    const { architecture, slots } = expectedReading(opened, {});
    return { architecture, slot: (linen) => slots.find((slot) => slot.linen === linen) };
  }
  const files = namesByLinen(opened.file);
  return {
    architecture: lit.architecture.image,
    slot: (linen) => {
      const entry = opened.file.entries.find(({ name }) => name === files.get(LIT.image + linen));
      return entry && same(linen, entry.name, entry.shape);
    },
  };
}
