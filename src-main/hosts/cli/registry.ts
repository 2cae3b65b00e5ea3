import type { Command } from './command.ts';

export interface Entry {
  summary: string;
  load: () => Promise<Command>;
}

/** The commands, in the order help lists them. Loaded when called, so that help starts at once. */
export const COMMANDS: Record<string, Entry> = {
  engine: {
    summary: 'install TensorFlow, and say which engine is used and why',
    load: async () => (await import('./commands/engine.ts')).command,
  },
  doctor: {
    summary: 'check what Vitrine needs on this machine, and try what it claims',
    load: async () => (await import('./commands/doctor.ts')).command,
  },
  catalog: {
    summary: 'find published checkpoints: AugReg’s 50,000 and the other releases',
    load: async () => (await import('./commands/catalog.ts')).command,
  },
  inspect: {
    summary: 'show what a checkpoint is: architecture, tensors, labels',
    load: async () => (await import('./commands/inspect.ts')).command,
  },
  download: {
    summary: 'fetch checkpoints into the library, by name or address',
    load: async () => (await import('./commands/download.ts')).command,
  },
  library: {
    summary: 'the checkpoints that are here: list, import, scan, remove, memory',
    load: async () => (await import('./commands/library.ts')).command,
  },
  data: {
    summary: 'look at a folder of images as Vitrine will read it',
    load: async () => (await import('./commands/data.ts')).command,
  },
  config: {
    summary: 'list training presets, or print a resolved configuration',
    load: async () => (await import('./commands/config.ts')).command,
  },
  train: {
    summary: 'fine-tune a checkpoint on a folder of images',
    load: async () => (await import('./commands/train.ts')).command,
  },
  runs: {
    summary: 'list trainings, watch one, pause it, let it go on',
    load: async () => (await import('./commands/runs.ts')).command,
  },
  evaluate: {
    summary: 'score a checkpoint on every image of a split, with a report',
    load: async () => (await import('./commands/evaluate.ts')).command,
  },
  predict: {
    summary: 'classify images',
    load: async () => (await import('./commands/predict.ts')).command,
  },
  'zero-shot': {
    summary: 'classify images by labels in words, without training (LiT)',
    load: async () => (await import('./commands/zero-shot.ts')).command,
  },
  bench: {
    summary: 'how fast models predict and train on this machine',
    load: async () => (await import('./commands/bench.ts')).command,
  },
  export: {
    summary: 'write a checkpoint for timm, Hugging Face, TensorFlow or ONNX',
    load: async () => (await import('./commands/export.ts')).command,
  },
  fingerprint: {
    summary: 'what a checkpoint gives for three known photographs, and whether it still does',
    load: async () => (await import('./commands/fingerprint.ts')).command,
  },
  logits: {
    summary: 'raw logits for raw input, to compare with other implementations',
    load: async () => (await import('./commands/logits.ts')).command,
  },
  demo: {
    summary: 'fine-tune and evaluate on 1,797 handwritten digits, from nothing',
    load: async () => (await import('./commands/demo.ts')).command,
  },
  settings: {
    summary: 'what holds for the whole application, and the log of requests',
    load: async () => (await import('./commands/settings.ts')).command,
  },
  cite: {
    summary: 'BibTeX of the papers behind the models and data',
    load: async () => (await import('./commands/cite.ts')).command,
  },
};
