import { afterEvaluation, isStoppedEarly } from '../../src-shared/config/best-so-far.ts';
import type { BestSoFar, ScoredStep } from '../../src-shared/config/best-so-far.ts';
import { saysOutOfMemory } from '../../src-shared/contract/run-cause.ts';
import { createLearningRateSchedule } from '../../src-shared/config/learning-rate.ts';
import type { TrainInput, TrainResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { scoreImages, topKHits } from '../../src-shared/metrics/scores.ts';
import { explainPipelineError } from '../data/pipeline-error.ts';
import type { Program } from '../engine/program.ts';
import { scoreBatches } from '../evaluate/score.ts';
import { breathe } from '../job.ts';
import { PlanFeeder } from './feeder.ts';
import { MetricsLog } from './metrics-log.ts';
import { Pace } from './pace.ts';
import { evalBatch, microBatches } from './batch-sizes.ts';
import { diverged } from './diverged.ts';
import type { RunContext } from './run-record.ts';
import { drawnFeeds } from './drawn-feeds.ts';

export interface TrainLoopOptions {
  program: Program;
  input: TrainInput;
  context: Pick<RunContext, 'signal' | 'emit' | 'takeEvaluation'>;
  /** Writes the training state after a step. */
  save: (step: number, best: BestSoFar | null) => Promise<void>;
  /** Writes the model of an evaluation that was the best so far; its state is saved. */
  keepBest: (best: ScoredStep) => Promise<void>;
  /** Updates already made. */
  startStep: number;
  /** Null where the run looks for no best evaluation. */
  best: BestSoFar | null;
}

/** How a training came to its end, or to a stop. */
export interface LoopOutcome extends Pick<TrainResult, 'state' | 'step' | 'metrics' | 'stepsRun' | 'stoppedEarly'> {
  best: BestSoFar | null;
}

/** Milliseconds between two step events. */
const STEP_EVENT_MS = 200;

/** vit_jax's training loop: steps, metrics, evaluations and checkpoints at their intervals. */
export class TrainLoop {
  readonly #options: TrainLoopOptions;
  readonly #log: MetricsLog;
  readonly #pace: Pace;
  readonly #learningRate: (step: number) => number;
  #metrics: Record<string, number> = {};
  #lastSave = performance.now();
  #lastEvent = 0;
  #best: BestSoFar | null;

  constructor(options: TrainLoopOptions) {
    const { config, workdir } = options.input;
    this.#options = options;
    this.#best = options.best;
    this.#log = new MetricsLog(workdir, options.startStep);
    this.#pace = new Pace(config.batch);
    this.#learningRate = createLearningRateSchedule({
      base: config.base_lr,
      decayType: config.decay_type,
      totalSteps: config.total_steps,
      warmupSteps: config.warmup_steps,
    });
  }

  async run(): Promise<LoopOutcome> {
    const { input, context, program, startStep } = this.#options;
    const { config } = input;
    const feeder = new PlanFeeder(program, input.train, config);
    let saved = startStep;
    let step = startStep;
    let stoppedEarly = isStoppedEarly(config, this.#best);
    const save = async (): Promise<void> => {
      await this.#options.save(step, this.#best);
      saved = step;
      this.#lastSave = performance.now();
    };
    context.emit({ type: 'phase', phase: 'compiling', step: step + 1 });
    await breathe(); // whoever watches hears of it before the compiler blocks this process
    while (step < config.total_steps && !stoppedEarly && !context.signal.aborted) {
      step++;
      const begin = performance.now();
      await feeder.prepare(step);
      const { loss, gradNorm } = await this.#step(step, feeder);
      const first = step === startStep + 1;
      if (first) context.emit({ type: 'phase', phase: 'training', step });
      else this.#pace.add((performance.now() - begin) / 1000);
      this.#report(step, loss, gradNorm);
      const wanted = context.takeEvaluation();
      const counts = isDue(config.eval_every, step) || step === config.total_steps;
      const scored = wanted || counts ? await this.#evaluate(step) : null;
      // One that a person asked for in between decides nothing: a run's end must not depend on who looked at it.
      const better = scored && counts ? this.#compare(scored) : false;
      stoppedEarly = step < config.total_steps && isStoppedEarly(config, this.#best);
      if (
        isDue(config.checkpoint_every, step) ||
        isDueByTime(config.vitrine.keep_minutes, this.#minutesSinceSave()) ||
        step === config.total_steps ||
        stoppedEarly ||
        better
      )
        await save();
      // After the state, so that a kill in between is noticed: the state says whose model must be there.
      if (scored && better) await this.#options.keepBest(scored);
      if (stoppedEarly) this.#tellEarlyStop(step);
      await breathe();
    }
    if (saved < step && context.signal.reason !== 'discard') await save();
    return {
      state: step === config.total_steps || stoppedEarly ? 'done' : 'interrupted',
      step,
      metrics: this.#metrics,
      stepsRun: step - startStep,
      stoppedEarly,
      best: this.#best,
    };
  }

  /** @returns whether this evaluation's model is to be kept as the best */
  #compare(scored: ScoredStep): boolean {
    if (!this.#best) return false;
    const before = this.#best.best;
    this.#best = afterEvaluation(this.#best, scored);
    if (this.#best.best === before) return false;
    return this.#best.kept;
  }

  #tellEarlyStop(step: number): void {
    const { by, best, since } = this.#best!;
    const than =
      best === null ? 'none was a number' : `the best was step ${best.step}'s (${by} ${best[by].toFixed(5)})`;
    const text = `Stopped early: ${since} evaluations in a row were no better; ${than}.`;
    this.#options.context.emit({ type: 'milestone', what: 'early_stop', step, text });
  }

  /** One update; over several micro-batches, their gradients are averaged first, as vit_jax does. */
  async #step(step: number, feeder: PlanFeeder): Promise<{ loss: number; gradNorm: number }> {
    const { program, input } = this.#options;
    const accumSteps = microBatches(input.config);
    // The optimizer's own count starts at 0: with warmup, the first update has learning rate 0.
    const lr = Float32Array.of(this.#learningRate(step - 1));
    const drawn = (part: number) => drawnFeeds(program.spec, input.config, { step, part });
    const rated: Record<string, Float32Array> =
      program.spec.methods['accumulate']?.feeds?.['lr'] === undefined ? {} : { lr };
    try {
      let outputs;
      if (accumSteps === 1) {
        outputs = await program.call('train', { lr, ...drawn(0) });
      } else {
        for (let i = 0; i < accumSteps; i++) await program.call('accumulate', { ...rated, ...drawn(i) });
        outputs = await program.call('apply', { lr });
      }
      const loss = outputs['loss']!.data[0]!;
      const gradNorm = outputs['grad_norm']!.data[0]!;
      if (!Number.isFinite(loss)) throw diverged(step, `loss became ${loss}`);
      if (Number.isNaN(gradNorm)) throw diverged(step, 'gradient became NaN');
      return { loss, gradNorm };
    } catch (error) {
      throw await explainPipelineError(error, feeder.filesAround(step));
    }
  }

  #report(step: number, loss: number, gradNorm: number): void {
    const { input, context } = this.#options;
    const { total_steps: totalSteps, progress_every: every } = input.config;
    const imagesPerSecond = this.#pace.imagesPerSecond;
    const now = performance.now();
    if (now - this.#lastEvent >= STEP_EVENT_MS || step === totalSteps) {
      this.#lastEvent = now;
      const etaSeconds = (totalSteps - step) * this.#pace.secondsPerStep;
      context.emit({ type: 'step', step, totalSteps, loss, imagesPerSecond, etaSeconds });
    }
    if (isDue(every, step)) {
      this.#write(step, {
        train_loss: loss,
        grad_norm: gradNorm,
        ...(imagesPerSecond > 0 ? { img_sec_core_train: imagesPerSecond } : {}),
      });
    }
  }

  /** Accuracy and loss over the whole test split, every image once (vit_jax leaves out its last partial batch). */
  async #evaluate(step: number): Promise<ScoredStep | null> {
    const { input, context } = this.#options;
    const { test } = input;
    if (test.paths.length === 0) return null;
    context.emit({ type: 'phase', phase: 'evaluating', step });
    const start = performance.now();
    const { live, mean } = await this.#scores();
    const seconds = (performance.now() - start) / 1000;
    this.#write(step, {
      accuracy_test: live.accuracy,
      loss_test: live.loss,
      ...(mean === null ? {} : { accuracy_test_ema: mean.accuracy, loss_test_ema: mean.loss }),
      lr: this.#learningRate(step),
      img_sec_core_test: test.paths.length / seconds,
    });
    context.emit({ type: 'phase', phase: 'training', step });
    // Of the model that is kept.
    return { step, ...(mean ?? live) };
  }

  async #scores(): Promise<Scores> {
    return this.#score().catch((error: unknown) => {
      throw saysOutOfMemory(String(error)) ? scoringTookTooMuch(error) : error;
    });
  }

  async #score(): Promise<Scores> {
    const { program, input } = this.#options;
    const { test, config } = input;
    const live = new ScoreSum();
    const mean = new ScoreSum();
    let seen = 0;
    for await (const { logits, count, outputs } of scoreBatches(program, {
      method: 'evaluate',
      images: test,
      batch: evalBatch(config, test.paths.length),
    })) {
      const labels = Int32Array.from(test.labels.slice(seen, seen + count));
      live.add(labels, logits);
      const ema = outputs['logits_ema']; // [B, C], padding included
      if (ema) mean.add(labels, (ema.data as Float32Array).subarray(0, logits.length));
      seen += count;
    }
    return { live: live.mean(), mean: mean.images > 0 ? mean.mean() : null };
  }

  #write(step: number, values: Record<string, number>): void {
    this.#metrics = { ...this.#metrics, ...values };
    this.#log.write(step, values);
    this.#options.context.emit({ type: 'metrics', step, values });
  }

  #minutesSinceSave(): number {
    return (performance.now() - this.#lastSave) / 60_000;
  }
}

/** Of the parameters, and of their running mean where one is kept. */
interface Scores {
  live: Pick<ScoredStep, 'accuracy' | 'loss'>;
  mean: Pick<ScoredStep, 'accuracy' | 'loss'> | null;
}

/** Accuracy and loss as they come, batch by batch. */
class ScoreSum {
  images = 0;
  #correct = 0;
  #nll = 0;

  /** @param logits [labels.length, C] */
  add(labels: Int32Array, logits: Float32Array): void {
    const scores = scoreImages(labels, logits, logits.length / labels.length);
    this.#correct += topKHits(scores, 1);
    this.#nll += scores.nll.reduce((a, b) => a + b, 0);
    this.images += labels.length;
  }

  mean(): Pick<ScoredStep, 'accuracy' | 'loss'> {
    return { accuracy: this.#correct / this.images, loss: this.#nll / this.images };
  }
}

function isDue(every: number, step: number): boolean {
  return every > 0 && step % every === 0;
}

/** 0 minutes: by steps only. */
function isDueByTime(every: number, minutes: number): boolean {
  return every > 0 && minutes >= every;
}

function scoringTookTooMuch(cause: unknown): AppError {
  return new AppError('out_of_memory', 'The device ran out of memory while the test images were scored.', {
    hint: 'Lower --config.batch_eval; the run goes on from its last checkpoint.',
    details: { scoring: true },
    cause,
  });
}
