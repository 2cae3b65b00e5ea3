import type { RunConfig } from '../../src-shared/config/run-config.ts';
import type { ImageList } from '../../src-shared/contract/worker.ts';
import { createPlan, type Plan } from '../../src-shared/data/plan.ts';
import { takesContents, withContents, withinBytes } from '../data/packed-chunks.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program } from '../engine/program.ts';

/** Images handed to the pipeline at a time: enough to make its restart unnoticeable, little enough to hold. */
export const CHUNK_IMAGES = 16_384;

/** Steps whose images' bytes are read before the first step; while they are trained on, the next chunk is read. */
const FIRST_STEPS = 8;

/**
 * Keeps a program's training pipeline filled with the plan's images. The plan depends on the seed and the position
 * alone, so a run that resumes at a step sees the images it would have seen.
 */
export class PlanFeeder {
  readonly #program: Program;
  readonly #images: ImageList;
  readonly #plan: Plan;
  readonly #batch: number;
  readonly #totalSteps: number;
  /** The chunk given last, for naming a file that fails. */
  #chunk: { firstStep: number; steps: number; paths: readonly string[] } | null = null;
  /** Where images are parts of larger files: the next chunk, being read while this one is trained on. */
  #ahead: { firstStep: number; chunk: Promise<PlanChunk> } | null = null;

  constructor(program: Program, images: ImageList, config: Pick<RunConfig, 'seed' | 'batch' | 'total_steps'>) {
    this.#program = program;
    this.#images = images;
    this.#plan = createPlan({ seed: config.seed, numItems: images.paths.length });
    this.#batch = config.batch;
    this.#totalSteps = config.total_steps;
  }

  /** Makes sure that the pipeline holds the images of a step (1 is the first). */
  async prepare(step: number): Promise<void> {
    const chunk = this.#chunk;
    if (chunk && step < chunk.firstStep + chunk.steps) return;
    const next = await this.#next(step);
    await this.#program.startPipeline('train', next);
    const steps = next.paths.length / this.#batch;
    this.#chunk = { firstStep: step, steps, paths: next.paths };
    if (takesContents(this.#program, 'train') && step + steps <= this.#totalSteps) this.#readAhead(step + steps);
  }

  /** Files that the pipeline may be at while a step runs: the step's own and those decoded ahead. */
  filesAround(step: number): string[] {
    if (!this.#chunk) return [];
    const from = (step - this.#chunk.firstStep) * this.#batch;
    return this.#chunk.paths.slice(from, from + 4 * this.#batch);
  }

  /** The chunk that begins with a step's images; with their bytes where the pipeline takes those. */
  async #next(step: number): Promise<PlanChunk> {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (ahead?.firstStep === step) return ahead.chunk;
    const packed = takesContents(this.#program, 'train');
    const most = packed && this.#chunk === null ? FIRST_STEPS : Math.max(1, Math.floor(CHUNK_IMAGES / this.#batch));
    const steps = Math.min(most, this.#totalSteps - step + 1);
    const planned = this.#planned((step - 1) * this.#batch, steps * this.#batch);
    return packed ? withContents(withinBytes(planned, this.#batch)) : planned;
  }

  #readAhead(step: number): void {
    const chunk = this.#next(step);
    chunk.catch(() => {}); // whoever comes to this step is told
    this.#ahead = { firstStep: step, chunk };
  }

  #planned(from: number, count: number): PlanChunk {
    const { items, seeds } = this.#plan.range(from, count);
    return {
      paths: Array.from(items, (i) => this.#images.paths[i]!),
      labels: Int32Array.from(items, (i) => this.#images.labels[i]!),
      seeds,
      weights: new Float32Array(count).fill(1),
    };
  }
}
