import type { MemoryEstimate } from '../../../src-shared/contract/checkpoints.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import { gridOf } from '../../../src-shared/models/architecture.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { DEIT_VARIANTS, deitArchitectureOf } from '../../../src-shared/models/deit-variants.ts';
import { memoryItems, memoryVerdict } from '../../../src-shared/models/memory.ts';
import type { MemoryItem } from '../../../src-shared/models/memory.ts';
import { architectureOf, VARIANTS } from '../../../src-shared/models/variants.ts';
import { formatBytes } from '../../ui/format.ts';
import { strings } from './strings.ts';

export type FitMode = 'predict' | 'train';

/** What this machine has, and what its measured steps have taught, by family and mode. */
export interface FitMachine {
  readonly device: MemoryEstimate['device'];
  readonly corrections: ReadonlyMap<string, number>;
}

export interface Fit {
  readonly verdict: MemoryEstimate['verdict'];
  readonly items: readonly MemoryItem[];
  readonly totalBytes: number;
}

/** px: most are pre-trained at it, where nothing says otherwise. */
const USUAL_RESOLUTION = 224;
const CLASSES = 1000;

const TITLED = new Map(VARIANTS.map((variant) => [variant.modelName.replace('ViT-', '').replace('_', '/'), variant]));
const DEITS = new Map(
  DEIT_VARIANTS.map((variant) => [`${variant.modelName.replace('_', '/')} ${variant.imageSize}`, variant]),
);

/** The model of a row of the catalog; null where its sizes aren't known (LiT's two towers, Mixer-S). */
export function architectureOfRow(
  row: Pick<CatalogCheckpoint, 'model' | 'resolution' | 'numClasses'>,
): Architecture | null {
  const imageSize = row.resolution ?? USUAL_RESOLUTION;
  const numClasses = row.numClasses ?? CLASSES;
  const deit = DEITS.get(`${row.model} ${imageSize}`);
  if (deit) return deitArchitectureOf(deit, numClasses);
  const variant = TITLED.get(row.model);
  return variant ? architectureOf(variant, { imageSize, numClasses }) : null;
}

export function correctionKey(family: Architecture['family'], mode: FitMode): string {
  return `${family} ${mode}`;
}

/** Whether models fit on a machine at a batch: each model and resolution is worked out once. */
export class Fits {
  readonly #machine: FitMachine;
  readonly #batch: number;
  readonly #known = new Map<string, Fit | null>();

  constructor(machine: FitMachine, batch: number) {
    this.#machine = machine;
    this.#batch = batch;
  }

  of(row: Pick<CatalogCheckpoint, 'model' | 'resolution' | 'numClasses'>, mode: FitMode): Fit | null {
    const key = `${row.model} ${row.resolution} ${row.numClasses} ${mode}`;
    let fit = this.#known.get(key);
    if (fit === undefined) this.#known.set(key, (fit = this.#work(row, mode)));
    return fit;
  }

  #work(row: Pick<CatalogCheckpoint, 'model' | 'resolution' | 'numClasses'>, mode: FitMode): Fit | null {
    const architecture = architectureOfRow(row);
    if (!architecture || gridOf(architecture).some((patches) => patches < 1)) return null;
    const { device, corrections } = this.#machine;
    const correction = corrections.get(correctionKey(architecture.family, mode));
    const items = memoryItems({
      architecture,
      mode,
      batch: this.#batch,
      precision: 'float32',
      optimizer: 'momentum-bfloat16',
      accumulating: false,
      device: device.kind,
      ...(correction === undefined ? {} : { correction }),
    });
    const totalBytes = items.reduce((sum, { bytes }) => sum + bytes, 0);
    const verdict = memoryVerdict(totalBytes, device.freeBytes, { measured: correction !== undefined });
    return { verdict, items, totalBytes };
  }
}

/** What takes how much, a line each, for a tooltip. */
export function spellFit(
  fit: Fit,
  mode: FitMode,
  { device, batch }: { device: FitMachine['device']; batch: number },
): string {
  const { items, totalBytes, verdict } = fit;
  return [
    strings.fit.tip(strings.fit[mode], strings.fit[verdict], batch),
    ...items.map(({ name, bytes }) => `${strings.fit.items[name]}  ${formatBytes(bytes)}`),
    strings.fit.sum(formatBytes(totalBytes), formatBytes(device.freeBytes), device.name),
  ].join('\n');
}
