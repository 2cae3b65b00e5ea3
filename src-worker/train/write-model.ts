import { basename, join } from 'node:path';
import type { MeasuredEvaluation } from '../../src-shared/checkpoints/layouts/card-front-matter.ts';
import type { ScoredStep } from '../../src-shared/config/best-so-far.ts';
import { configHash } from '../../src-shared/config/identity.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import type { TrainInput } from '../../src-shared/contract/worker.ts';
import type { Params } from '../../src-shared/models/params.ts';
import { frozenModules } from '../../src-shared/models/trained-params.ts';
import { writeCheckpoint } from '../checkpoints/write-checkpoint.ts';
import type { Program } from '../engine/program.ts';
import { fingerprintOf } from '../evaluate/fingerprint-of.ts';
import { originOf } from './course.ts';
import { metricsAt } from './metrics-log.ts';
import type { Attempt } from './run-start.ts';
import { trainedModel } from './trained-model.ts';

interface ModelOptions extends Omit<Attempt, 'context' | 'notes'> {
  program: Program;
  /** Parameters that the program doesn't hold. */
  frozen: Params;
  file: string;
  /** Updates made. */
  step?: number;
  /** What the model was measured with. */
  scored: ScoredStep | null;
}

/** Writes what a run has learnt as a checkpoint with its description. @returns its path */
export async function writeModel(
  input: TrainInput,
  { program, frozen, architecture, trained, engine, checkpoint, continued, preprocessing, record, ...of }: ModelOptions,
): Promise<string> {
  const { config, classNames, workdir } = input;
  const params = await trainedModel(program, architecture, frozen);
  const path = join(workdir, of.file);
  await writeCheckpoint(path, {
    params,
    architecture,
    fingerprint: await fingerprintOf({ params, architecture }, engine),
    labels: classNames,
    preprocessing,
    provenance: {
      startedFrom: checkpoint.sha256,
      ...(continued ? { continuedAfter: continued.step } : {}),
      ...originOf(record),
      dataset: input.manifestHash,
      config: configHash(config),
      steps: of.step ?? of.scored!.step,
      seed: config.seed,
      ...(config.vitrine.ema > 0 ? { weights: 'ema' } : {}),
      ...learned(config, frozenModules(architecture, trained)),
      engine: `${engine.kind} ${engine.version}`,
      versions: input.versions,
      ...evaluationOf(input, of.scored),
    },
  });
  return path;
}

/** What of the model learned, where that isn't everything. */
function learned({ vitrine }: RunConfig, frozen: readonly string[]): { train?: string; frozen?: readonly string[] } {
  if (frozen.length === 0) return {};
  return { train: vitrine.train === 'blocks' ? `blocks ${vitrine.train_blocks}` : vitrine.train, frozen };
}

/** What an evaluation gave for the model that is kept: the running mean where there is one. */
export function scoredAt({ workdir, config }: TrainInput, step: number): ScoredStep | null {
  const metrics = metricsAt(workdir, step);
  const suffix = config.vitrine.ema > 0 ? '_ema' : '';
  const [accuracy, loss] = [metrics[`accuracy_test${suffix}`], metrics[`loss_test${suffix}`]];
  return accuracy === undefined || loss === undefined ? null : { step, accuracy, loss };
}

/** What the model gave on all images of the test split. */
function evaluationOf({ config, test }: TrainInput, scored: ScoredStep | null): { evaluation?: MeasuredEvaluation } {
  if (scored === null || test.paths.length === 0) return {};
  const { accuracy, loss } = scored;
  const dataset = basename(config.dataset);
  return { evaluation: { dataset, split: config.pp.test, images: test.paths.length, accuracy, loss } };
}
