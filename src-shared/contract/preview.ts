import type { RunConfig } from '../config/run-config.ts';
import type { EngineInfo } from './engine.ts';

/** A sheet of training images as a run of this configuration would see them. */
export interface PreviewInput {
  /** Whose preparation of images it is; null: AugReg's, at config.pp.crop or 224 px. */
  checkpoint: string | null;
  config: RunConfig;
  classNames: string[];
  /** The whole training split, files and classes: its size decides the order. */
  train: { paths: string[]; labels: number[] };
  /** Images, and how often each is shown: in epochs one after another. */
  count: number;
  draws: number;
  /** The first of them; 1 is a run's first. */
  epoch: number;
  /** The PNG to write. */
  output: string;
}

export interface PreviewResult {
  /** Of the sheet, px. */
  width: number;
  height: number;
  /** Of each image, px. */
  resolution: [height: number, width: number];
  images: PreviewedImage[];
  notes: string[];
  engine: EngineInfo;
}

/** A row of the sheet. */
export interface PreviewedImage {
  path: string;
  label: string;
  draws: PreviewedDraw[];
}

export interface PreviewedDraw {
  epoch: number;
  /** The optimizer update that it is a part of; 1 is the first. */
  step: number;
  /** What it is mixed with, and the share of its own label that it keeps; null where nothing is mixed. */
  mixed: { label: string; own: number } | null;
}
