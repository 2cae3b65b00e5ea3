import type { Client } from '../../app/in-process.ts';
import { asAppError } from '../../app/app-errors.ts';
import type { RunEvent, RunInput } from '../../../src-shared/contract/runs.ts';
import type { CommandContext } from './command.ts';
import { formatDuration, ProgressBar } from './progress-bar.ts';

type Result = Extract<RunEvent, { type: 'result' }>;

/**
 * Trains, or resumes a run, and shows it to its end, wherever it is done: in this process, or by the host that has the
 * library. Ctrl-C pauses it.
 * @returns the exit code
 */
export async function followTraining(
  context: CommandContext,
  client: Client,
  what: { start?: Partial<RunInput>; resume?: string; extend?: { id: string; totalSteps: number } },
): Promise<number> {
  const view = new TrainView(context);
  let run: { id: string; workdir: string } | null = null;
  const pause = (): void => {
    if (run) client.runs.pause({ id: run.id }).catch(() => {}); // it may have ended by itself just now
  };
  let prepared = false; // before the images are read there is nothing to save
  const stop = (): void => {
    if (prepared) view.stopping();
    pause();
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const event of await client.runs.train(what)) {
      if (event.type === 'run') {
        const first = run === null;
        run = event.run;
        if (!first) continue;
        if (context.signal.aborted) pause();
      } else if (event.type === 'result') {
        view.finish(event, what.start?.workdir ?? run!.workdir);
        return event.state === 'interrupted' ? 130 : 0;
      } else {
        prepared ||= event.type === 'dataset';
        view.event(event);
      }
    }
    return 0;
  } catch (error) {
    throw asAppError(error);
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

function stepsOf({ step, totalSteps, stoppedEarly }: Result): string {
  return stoppedEarly ? `stopped early after step ${step} of ${totalSteps}` : `${totalSteps} steps`;
}

/** What a person sees of a run, and what a program gets. */
class TrainView {
  readonly #context: CommandContext;
  readonly #bar: ProgressBar;
  #phase = '';

  constructor(context: CommandContext) {
    this.#context = context;
    this.#bar = new ProgressBar({ quiet: context.json });
  }

  note(text: string): void {
    if (this.#context.json) this.#context.emit({ type: 'note', text });
    else this.#bar.say(text);
  }

  event(event: Exclude<RunEvent, Result | { type: 'run' }>): void {
    if (event.type === 'preparing') {
      const label = { list: 'Reading the folder', check: 'Checking images', import: 'Converting images' }[event.phase];
      return this.#bar.show(label, event);
    }
    if (this.#context.json) return this.#context.emit(event);
    switch (event.type) {
      case 'dataset':
        return this.#bar.say(
          `${event.root}: ${event.classes} classes, ${event.train} images to train on, ${event.test} to test on.`,
        );
      case 'note':
      case 'milestone':
        return this.#bar.say(event.text);
      case 'phase':
        return this.#enter(event.phase);
      case 'step': {
        const { step, totalSteps, loss, imagesPerSecond, etaSeconds } = event;
        // Nothing is known of the pace before the second step: the first one compiles.
        const pace =
          imagesPerSecond > 0 ? [`${imagesPerSecond.toFixed(1)} img/s`, `${formatDuration(etaSeconds)} left`] : [];
        return this.#bar.show('step', { done: step, total: totalSteps, facts: [`loss ${loss.toFixed(4)}`, ...pace] });
      }
      case 'metrics':
        if (typeof event.values['accuracy_test'] === 'number') {
          this.#bar.say(
            `step ${event.step}: accuracy_test ${event.values['accuracy_test'].toFixed(5)}  loss_test ${event.values['loss_test']?.toFixed(4)}`,
          );
        }
        return;
      case 'checkpoint':
        return;
    }
  }

  stopping(): void {
    this.note('Stopping after this step, then saving. Ctrl-C again ends at once and keeps the last checkpoint only.');
  }

  finish(result: Result, workdir: string): void {
    this.#bar.clear();
    if (this.#context.json) return this.#context.emit(result);
    if (result.state === 'interrupted') {
      this.#context.log(
        result.step === 0
          ? 'Stopped before the first step. The same command begins again.'
          : `Stopped after step ${result.step} of ${result.totalSteps}; saved. The same command resumes there.`,
      );
    } else if (result.stepsRun === 0) {
      this.#context.print(`Already done: ${stepsOf(result)}. ${result.model}`);
      this.#best(result);
    } else {
      this.#context.print(`Done: ${stepsOf(result)}. Model: ${result.model} (run: ${workdir})`);
      this.#best(result);
    }
  }

  /** Beside the last model, which was just named. */
  #best({ best, metrics }: Result): void {
    if (!best) return;
    const last = metrics['accuracy_test'];
    if (typeof last === 'number')
      this.#context.print(`Last: accuracy ${last.toFixed(5)}, loss ${metrics['loss_test']?.toFixed(4)}.`);
    const { step, accuracy, loss, by, model } = best;
    const numbers = `step ${step}, accuracy ${accuracy.toFixed(5)}, loss ${loss.toFixed(4)}`;
    this.#context.print(`Best by ${by}: ${numbers}.${model === null ? '' : ` Model: ${model}`}`);
  }

  /** Compiling takes a while and shows nothing by itself. */
  #enter(phase: string): void {
    if (phase === 'compiling' && this.#phase !== phase) this.#bar.say('Compiling the training step (once a run) …');
    this.#phase = phase;
  }
}
