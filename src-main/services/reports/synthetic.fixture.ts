import type { EvaluationRecord, Predictions } from '../../../src-shared/contract/evaluation.ts';
import { randomStream, STREAM } from '../../../src-shared/random.ts';

/**
 * SYNTHETIC evaluations for tests and for the report gallery: no model was run. Logits are noise plus a lift for the
 * label and for a class it is confused with, harder for some classes than for others.
 */
export interface SyntheticOptions {
  numClasses: number;
  /** Images of each class; a function for uneven or missing classes. */
  perClass: number | ((c: number) => number);
  seed?: number;
  /** How far the label stands above the noise; 8 is a good model, 0 a guess. */
  lift?: number;
  /** How strongly classes are confused, relative to the lift; 0 makes no mistakes where the lift is large. */
  confusion?: number;
  className?: (c: number) => string;
  imageName?: (c: number, i: number) => string;
  /** Overrides of the record. */
  root?: string;
  bad?: EvaluationRecord['dataset']['bad'];
  /** Files that are neither scored nor unreadable. */
  unscored?: number;
}

export interface SyntheticEvaluation {
  record: EvaluationRecord;
  predictions: Predictions;
}

export function syntheticEvaluation(options: SyntheticOptions): SyntheticEvaluation {
  const { numClasses, lift = 7, confusion = 1.15, seed = 1 } = options;
  const className = options.className ?? ((c) => String(c));
  const imageName = options.imageName ?? ((c, i) => `test/${className(c)}/${String(i).padStart(4, '0')}.png`);
  const random = randomStream(seed, STREAM.image);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
  const names: string[] = [];
  const labels: number[] = [];
  const logits: number[] = [];
  for (let c = 0; c < numClasses; c++) {
    const n = typeof options.perClass === 'number' ? options.perClass : options.perClass(c);
    for (let i = 0; i < n; i++) {
      names.push(imageName(c, i));
      labels.push(c);
      const row = Array.from({ length: numClasses }, () => normal() * 1.2);
      const hardness = 0.45 + 0.55 * (((c * 5 + 2) % 7) / 6);
      row[c]! += lift * (1 - 0.55 * hardness * random.float() ** 2);
      const sister = (c * 7 + 3 + (random.float() < 0.3 ? 1 : 0)) % numClasses;
      row[sister]! += lift * hardness * confusion * random.float() ** 2;
      logits.push(...row);
    }
  }
  const bad = options.bad ?? [];
  const record: EvaluationRecord = {
    checkpoint: {
      path: 'runs/synthetic/model.npz',
      name: 'synthetic.npz',
      sha256: '5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
      architecture: 'ViT-Ti/16, token classifier',
      params: 5526346,
    },
    dataset: {
      root: options.root ?? '/nowhere/synthetic',
      name: 'synthetic',
      split: 'test',
      layout: 'split/class',
      manifestHash: '9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab',
      contentsHashed: true,
      files: names.length + bad.length + (options.unscored ?? 0),
      bad,
      classNames: Array.from({ length: numClasses }, (_, c) => className(c)),
    },
    engine: {
      kind: 'tensorflow',
      version: '2.21.0',
      devices: [{ name: 'synthetic', type: 'CPU' }],
      threads: { intra: 2, inter: 1 },
      reason: 'synthetic fixture, no engine was run',
    },
    preprocessing: {
      height: 224,
      width: 224,
      resize: 'bilinear to 224 × 224 px, aspect ratio not kept',
      crop: null,
      normalization: '(x − 127.5) / 127.5 a channel',
      exif: 'apply',
      exifRotated: 0,
    },
    seed,
    versions: { vitrine: '0.1.0', node: '24.0.0' },
    command: 'vitrine evaluate runs/synthetic/model.npz synthetic --split test --report reports/synthetic',
    notes: [],
  };
  return { record, predictions: { names, labels: Int32Array.from(labels), logits: Float32Array.from(logits) } };
}
