import { count, percent, points } from './format.ts';

const images = (n: number): string => `${count(n)} ${n === 1 ? 'image' : 'images'}`;
const files = (n: number): string => `${count(n)} ${n === 1 ? 'file' : 'files'}`;

/** Every sentence and label of the report, in one place, so that it can be translated. */
export const STRINGS = {
  title: (checkpoint: string, split: string, complete: boolean) =>
    `${complete ? '' : 'INCOMPLETE: '}${checkpoint} on ${split}`,
  kicker: 'Evaluation report',
  contents: 'Contents',
  images,
  files,
  scoredOf: (scored: number, total: number) => `${count(scored)} scored of ${files(total)}`,
  complete: 'Complete',
  incomplete: 'INCOMPLETE',
  classes: (n: number) => `${count(n)} ${n === 1 ? 'class' : 'classes'}`,
  inputSize: (height: number, width: number) => `${height} × ${width} px`,
  params: (n: string) => `${n} parameters`,

  incompleteNote: (skipped: number, unscored: number, range: { low: number; high: number }) => {
    const parts = [
      skipped > 0 ? `${files(skipped)} could not be read` : '',
      unscored > 0 ? `${files(unscored)} ${unscored === 1 ? 'was' : 'were'} not scored` : '',
    ].filter((part) => part !== '');
    return `${parts.join('; ')}. Every figure below is of the scored images only. Over all files, top-1 is somewhere from ${percent(range.low)} to ${percent(range.high)}.`;
  },

  headline: {
    top1: 'Top-1 accuracy',
    interval: (low: string, high: string) => `95 % interval ${low} to ${high}`,
    hits: (hits: number, n: number) => `${count(hits)} of ${images(n)} right`,
    ruler: 'Top-1 accuracy with its 95 % interval, on a scale from 0 to 100 %',
    largestClass: (value: string) => `largest class alone ${value}`,
    top5: 'Top-5 accuracy',
    top5Unknown: (n: number) => `not shown: with ${n} classes it would be 100 % by definition`,
    loss: 'Loss',
    lossUnit: 'nats',
    lossNote: (uniform: string) => `uniform guess ${uniform}`,
    ece: 'ECE',
    eceNote: '15 equal-width bins',
    macroF1: 'Macro-F1',
    macroF1Note: (n: number, all: number) => (n === all ? `over ${n} classes` : `over ${n} of ${all} classes`),
    balanced: 'Balanced accuracy',
    balancedNote: 'mean recall of the classes',
    range: (low: string, high: string) => `${low} to ${high}`,
  },

  glance: {
    heading: 'At a glance',
    weakest: 'Weakest class',
    weakestValue: (recall: string, correct: number, support: number) => `· recall ${recall}, ${correct} of ${support}`,
    confusion: 'Most frequent confusion',
    confusionValue: (n: number, share: string) => `· ${images(n)}, ${share} of the class`,
    confidence: 'Confidence',
    over: (gap: number) => `on average ${points(gap)} above accuracy`,
    under: (gap: number) => `on average ${points(gap)} below accuracy`,
    agrees: 'on average within the interval of accuracy',
    labels: 'Labels to check',
    labelsValue: (n: number) => (n === 0 ? 'none stands out' : `${images(n)} the model firmly contradicts`),
  },

  mistakes: {
    heading: 'Mistakes',
    none: (n: number) => `No mistakes: all ${images(n)} scored were predicted as labelled.`,
    noneBound: (rate: string) => `An error rate of up to ${rate} would still be consistent with that (95 %).`,
    caption: (listed: number, total: number) =>
      total === 1
        ? 'The one wrong prediction.'
        : listed === total
          ? `All ${count(total)} wrong predictions, the most confident first.`
          : `The ${listed} most confident of ${count(total)} wrong predictions; predictions.csv lists them all.`,
    how: 'Each is titled true → predicted, with the probability of the prediction.',
    checkLabel: 'check label',
    noPicture: 'no picture',
    noPictures: 'No pictures: none were asked for, or the images could not be read again.',
  },

  suspects: {
    heading: 'Labels to check',
    none: 'No label stands out: nowhere does the model contradict a label as firmly as it usually affirms the class it predicts.',
    caption: (listed: number, total: number) =>
      listed === total
        ? `${images(total)}, the widest gap first.`
        : `${listed} of ${images(total)}, the widest gap first.`,
    how: 'Candidates to look at, not verdicts: the prediction differs from the label, and its probability reaches the mean that the predicted class has on its own images (confident learning, arXiv:1911.00068).',
    columns: ['Image', 'File', 'Labelled', 'p(label)', 'Suggested', 'p(suggested)', 'Bar to reach'],
  },

  perClass: {
    heading: 'Classes',
    captionOrder: (n: number) => `${count(n)} classes in their own order.`,
    captionWeakest: (n: number) => `${count(n)} classes, the lowest recall first.`,
    interval: 'Dots are recall, lines its 95 % interval (Wilson).',
    columns: {
      name: 'Class',
      support: 'Images',
      recall: 'Recall',
      precision: 'Precision',
      f1: 'F1',
      predicted: 'Predicted',
      taken: 'Most often taken for',
    },
    axis: 'Recall, 0 to 100 %',
    macro: 'Macro average',
    weighted: 'Weighted by images',
    no_images: 'unknown: no image of this class was scored',
    never_predicted: 'unknown: this class was never predicted',
    dotLabel: (recall: string, low: string, high: string) => `recall ${recall}, 95 % interval ${low} to ${high}`,
    printed: (shown: number, all: number) =>
      `Printed: ${shown} of ${count(all)} classes. report.json holds all of them.`,
  },

  confusion: {
    heading: 'Confusion',
    caption:
      'Rows are labels, columns predictions, cells numbers of images. Shading is the share of the row, on a square-root scale; empty cells are 0.',
    right: 'right',
    wrong: 'wrong',
    truth: 'labelled',
    predicted: 'predicted as',
    all: 'Images',
    heat: (n: number) =>
      `Rows are labels, columns predictions, ${count(n)} classes in their own order. Shading is the share of the row, on a square-root scale.`,
    heatBlocks: (n: number, per: number) =>
      `Rows are labels, columns predictions, ${count(n)} classes in their own order; a cell gathers ${per} × ${per} classes. Shading is the share of the row, on a square-root scale.`,
    heatLabel: 'Confusion matrix as a heat map; the table beside it lists the largest cells off the diagonal',
    noPairs: 'No two classes were confused.',
    pairs: (listed: number, total: number) =>
      total === 1
        ? 'The one confused pair'
        : listed === total
          ? `All ${count(total)} confused pairs`
          : `The ${listed} largest of ${count(total)} confused pairs`,
    pairColumns: ['Labelled', 'Predicted', 'Images', 'Of the class', 'Confidence', 'Other way'],
  },

  calibration: {
    heading: 'Calibration',
    intro: 'Whether a confidence of 90 % is right nine times in ten.',
    reliability: 'Reliability',
    reliabilityNote:
      '15 equal-width bins; thin lines are 95 % intervals, broad ones the gap to the diagonal; images counted below.',
    reliabilityLabel: 'Reliability diagram: accuracy against confidence',
    accuracy: 'accuracy',
    confidence: 'confidence',
    images: 'images',
    histogram: 'Confidence of right and wrong predictions',
    histogramNote: 'Right above the axis, wrong below it; each half has its own scale, said at its side.',
    histogramLabel: 'Numbers of right and wrong predictions by confidence',
    right: (n: number) => `right ${count(n)}`,
    wrong: (n: number) => `wrong ${count(n)}`,
    most: (n: number) => `most in a bin: ${count(n)}`,
    figures: 'Figures',
    rows: {
      ece: ['ECE', '15 equal-width bins'],
      adaptiveEce: ['Adaptive ECE', 'up to 15 bins of equal numbers of images'],
      mce: ['MCE', 'largest gap of an equal-width bin, however few images it has'],
      brier: ['Brier score', 'multi-class, 0 to 2, lower is better'],
      nll: ['NLL', 'nats, lower is better'],
      meanConfidence: ['Mean confidence', ''],
      accuracy: ['Accuracy', ''],
    },
    temperature:
      'No temperature was fitted. Fitted on the images it is then measured on, it would make calibration look better than it is; that needs a validation split.',
    thresholds: 'If unsure predictions are left to a person',
    thresholdColumns: ['Confidence at least', 'Images kept', 'Share of images', 'Accuracy of these', '95 % interval'],
    everything: 'all',
    asTable: 'Bins as a table',
    binColumns: ['Confidence', 'Images', 'Right', 'Mean confidence', 'Accuracy', '95 % interval'],
    noImages: 'unknown: no image in this bin',
    noneKept: 'unknown: no image reaches this confidence',
  },

  dataset: {
    heading: 'Data',
    rows: {
      name: 'Data set',
      split: 'Split',
      root: 'Folder',
      layout: 'Layout',
      files: 'Files in the split',
      scored: 'Scored',
      skipped: 'Unreadable, left out',
      unscored: 'Readable, not scored',
      classes: 'Classes',
      support: 'Images a class',
      missing: 'Classes without images',
      manifest: 'Manifest (SHA-256)',
    },
    supportRange: (low: number, high: number) => (low === high ? count(low) : `${count(low)} to ${count(high)}`),
    contents: 'over names, sizes, labels and contents',
    noContents: 'over names, sizes and labels, not the files’ contents',
    skipped: (n: number) => `${files(n)} left out`,
    skippedColumns: ['File', 'Reason'],
    more: (n: number) => `… and ${count(n)} more in report.json`,
    notes: 'Notes',
  },

  protocol: {
    heading: 'Protocol',
    images: (scored: number) => `${images(scored)} scored, each exactly once.`,
    input: (size: string, p: { resize: string; crop: string | null; normalization: string }) =>
      `Input ${size}: resize ${p.resize}; ${p.crop === null ? 'no crop' : `crop ${p.crop}`}; values ${p.normalization}.`,
    exif: (policy: 'ignore' | 'apply', rotated: number | null) => {
      const carried =
        rotated === null
          ? ''
          : rotated === 0
            ? ' No image carries one other than upright.'
            : ` ${images(rotated)} ${rotated === 1 ? 'carries' : 'carry'} one.`;
      return `${policy === 'apply' ? 'EXIF orientation is applied.' : 'EXIF orientation is ignored: pixels are taken as stored.'}${carried}`;
    },
    definitions: [
      [
        'Top-k',
        'The label is among the k highest logits. Of equal logits the lower class index ranks first, so top-1 is argmax and ties earn no credit.',
      ],
      ['Loss', 'Mean softmax cross-entropy of the label in nats (NLL), computed in float64 from float32 logits.'],
      [
        'Intervals',
        '95 %. Shares of images: Wilson’s score interval. Loss and macro-F1: percentile bootstrap over images, 1,000 resamples, seeded.',
      ],
      [
        'Precision, recall, F1',
        'TP/(TP+FP), TP/(TP+FN), 2TP/(2TP+FP+FN). A class without images has none, a class never predicted has no precision; macro averages leave unknown figures out and say over how many classes they are.',
      ],
      ['Balanced accuracy', 'Mean recall of the classes that have images.'],
      [
        'ECE',
        'Mean over images of |accuracy − mean confidence| of their bin; confidence is the softmax probability of the predicted class, bins are (low, high].',
      ],
    ] as const,
  },

  provenance: {
    heading: 'Provenance',
    rows: {
      checkpoint: 'Checkpoint',
      path: 'Path',
      sha256: 'SHA-256',
      architecture: 'Architecture',
      params: 'Parameters',
      fingerprint: 'Fingerprint',
      engine: 'Engine',
      reason: 'Why this engine',
      devices: 'Devices',
      threads: 'Threads',
      seed: 'Seed',
      versions: 'Versions',
      date: 'Evaluated',
      command: 'Command',
      agreement: 'Agreement beyond chance',
    },
    engineNames: { tensorflow: 'TensorFlow', wasm: 'WASM (tfjs)' },
    noHash: 'unknown: not computed',
    fingerprint: {
      same: 'as it was kept: the weights were read as they were written',
      differs: 'DIFFERS from the one that was kept: these are other weights, or they were read wrongly',
    },
    noCommand: 'unknown: not started from the command line',
    noDate: 'not recorded, so that the same evaluation gives the same bytes',
    threads: (intra: number, inter: number) => `${intra} within an op, ${inter} across ops`,
    agreement: (kappa: string, mcc: string) => `Cohen’s kappa ${kappa}, Matthews correlation ${mcc}`,
  },

  footer: (version: string) => `Vitrine ${version}. No script, no network: this file is complete in itself.`,
  footerFiles: 'Beside it:',
  footerCsv:
    'CSV fields that hold names are quoted but otherwise verbatim: a spreadsheet may read a name that starts with =, +, - or @ as a formula.',
} as const;
