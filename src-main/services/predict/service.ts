import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CheckpointDescription } from '../../../src-shared/contract/worker.ts';
import { createInferenceProcess } from '../../workers/inference-process.ts';
import type { InferenceProcess } from '../../workers/inference-process.ts';
import { computeEnvironment } from '../engine/service.ts';
import { keptFolder } from '../fingerprints/service.ts';
import { anywhere, inspectUsable, withLogits } from '../scoring/service.ts';
import type { AskForPlace } from '../scoring/service.ts';
import type { Uploads } from '../uploads/service.ts';
import { classify } from './classify.ts';
import type { Classified } from './classify.ts';

export interface PredictRequest {
  checkpoint: string;
  images: ({ upload: string } | { path: string })[];
  top: number;
  skipBad?: boolean;
}

/** Classifies images in the one inference process, which keeps what it has loaded. */
export interface Predict {
  /** @throws AppError not_found, and as `classify` */
  images(request: PredictRequest, signal: AbortSignal): Promise<Classified>;
  close(): void;
}

export interface PredictOptions {
  uploads: Uploads;
  home: string;
  inference?: InferenceProcess;
  /** Waits until there is memory beside what trains. */
  place?: AskForPlace;
}

/** Images at a time. */
const BATCH = 32;
/** Checkpoints whose headers are remembered. */
const REMEMBERED = 64;

export function createPredict(options: PredictOptions): Predict {
  const { uploads, home, inference = createInferenceProcess({ environment: computeEnvironment }) } = options;
  const { place = anywhere } = options;
  const inspect = rememberedInspections();
  return {
    async images({ checkpoint, images, top, skipBad = false }, signal) {
      const files = images.map((image) => {
        if ('path' in image) return { path: image.path, name: image.path };
        const { path, name } = uploads.get(image.upload);
        return { path, name };
      });
      return classify(
        {
          ...{ checkpoint, images: files, place: 'the request', top, skipBad, batch: BATCH, home, signal },
          fingerprints: keptFolder(home),
        },
        {
          inspect: (path) => inspect(path, signal),
          score: async (job) => {
            const { architecture } = await inspect(checkpoint, signal);
            const lease = await place({ label: 'A prediction', architecture, batch: BATCH, signal });
            return withLogits((logitsPath) => inference.score({ ...job, logitsPath }, signal)).finally(() =>
              lease.release(),
            );
          },
        },
      );
    },
    close: () => inference.close(),
  };
}

/** What checkpoints are, while their files stay as they were. */
function rememberedInspections(): (checkpoint: string, signal: AbortSignal) => Promise<CheckpointDescription> {
  const known = new Map<string, CheckpointDescription>();
  return async (checkpoint, signal) => {
    const file = await stat(checkpoint).catch(() => null);
    const key = file?.isFile() ? `${file.size} ${file.mtimeMs} ${file.ino} ${resolve(checkpoint)}` : null;
    const before = key === null ? undefined : known.get(key);
    if (before) return before;
    const inspection = await inspectUsable(checkpoint, signal);
    if (key !== null) known.set(key, inspection);
    if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
    return inspection;
  };
}
