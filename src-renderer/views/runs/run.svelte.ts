import type { AppError } from '../../../src-shared/errors.ts';
import type { TimelineEntry } from '../../../src-shared/contract/run-files.ts';
import type { RunChange, RunDetail } from '../../../src-shared/contract/runs.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { withPoints } from './curves.ts';
import type { Curve } from './curves.ts';

/** Points of a curve that are asked for at most: more than a chart has columns of pixels. */
const MAX_POINTS = 2000;
/** New points are drawn this often, ms: charts are dear, and nobody reads faster. */
const DRAW_EVERY = 500;

type Progress = Extract<RunChange, { type: 'progress' }>;
type Points = Extract<RunChange, { type: 'points' }>['points'];

/** One run as it stands: read once, then kept true by the event stream. */
export class RunView {
  readonly id: string;
  run = $state.raw<RunDetail | null>(null);
  curves = $state.raw<readonly Curve[]>([]);
  timeline = $state.raw<readonly TimelineEntry[]>([]);
  progress = $state.raw<Progress | null>(null);
  error = $state.raw<AppError | null>(null);
  busy = $state(false);
  readonly #api: Pick<Api, 'runs'>;
  #waiting: Points = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Pick<Api, 'runs'>, id: string) {
    this.#api = api;
    this.id = id;
  }

  async load(): Promise<void> {
    const { id } = this;
    try {
      const [run] = await Promise.all([this.#api.runs.get({ id }), this.#readCurves(), this.#readTimeline()]);
      this.run = run;
      this.error = null;
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    const stops = [
      live.on('runs', (event) => {
        if (event === null) return void this.load();
        if (event.id !== this.id || this.run === null) return;
        if (event.run === null) return void this.load(); // it is gone: the error says so
        const ended = this.run.state !== event.run.state;
        this.run = { ...this.run, ...event.run };
        if (ended) void this.#readTimeline().catch(() => {});
      }),
      live.on('run', (event) => {
        if (event === null) return void this.load();
        if (event.id === this.id) this.#take(event.change);
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      clearTimeout(this.#timer);
    };
  }

  /** Asks the run to do something; a refusal is shown as main says it. */
  async act(action: (runs: Api['runs']) => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    try {
      await action(this.#api.runs);
      return true;
    } catch (error) {
      const { message, hint } = asShown(error);
      toasts.show(hint ? `${message} ${hint}` : message, { tone: 'bad' });
      return false;
    } finally {
      this.busy = false;
    }
  }

  #take(change: RunChange): void {
    if (change.type === 'run' && this.run) this.run = { ...this.run, ...change.run };
    if (change.type === 'progress') this.progress = change;
    if (change.type === 'phase') {
      if (this.run) this.run = { ...this.run, phase: change.phase, step: change.step };
      if (change.phase !== 'training') void this.#readTimeline().catch(() => {});
    }
    if (change.type !== 'points') return;
    if (change.reread) return void this.#readCurves().catch(() => {});
    this.#waiting = [...this.#waiting, ...change.points];
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_EVERY);
  }

  #draw(): void {
    this.#timer = undefined;
    this.curves = withPoints(this.curves, this.#waiting);
    this.#waiting = [];
    // A long watch gathers more than can be seen: main thins them out without losing a peak.
    if (this.curves.some(({ points }) => points.length > 2 * MAX_POINTS)) void this.#readCurves().catch(() => {});
  }

  async #readCurves(): Promise<void> {
    this.curves = (await this.#api.runs.metrics({ id: this.id, maxPoints: MAX_POINTS })).series;
  }

  async #readTimeline(): Promise<void> {
    this.timeline = await this.#api.runs.timeline({ id: this.id });
  }
}
