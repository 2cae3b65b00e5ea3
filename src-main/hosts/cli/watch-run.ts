import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import type { Client } from '../../app/in-process.ts';
import type { CommandContext } from './command.ts';
import { formatDuration, ProgressBar } from './progress-bar.ts';

/** States from which nothing goes on by itself. */
const OVER: readonly RunSummary['state'][] = ['paused', 'finished', 'stopped', 'failed', 'interrupted'];

/** Shows a run until it ends, or until the person has seen enough. @returns the exit code */
export async function watchRun(context: CommandContext, client: Client, id: string): Promise<number> {
  const bar = new ProgressBar({ quiet: context.json });
  let state: RunSummary['state'] | null = null;
  try {
    for await (const change of await client.runs.watch({ id }, { signal: context.signal })) {
      if (context.json) context.emit(change);
      if (change.type === 'run') {
        const { run } = change;
        if (!context.json && run.state !== state)
          bar.say(`${run.name}: ${run.state}${run.waiting ? `. ${run.waiting}` : ''}`);
        state = run.state;
        if (!OVER.includes(state)) continue;
        if (run.error && !context.json) bar.say(run.error.message);
        return state === 'failed' ? 1 : 0;
      }
      if (context.json) continue;
      if (change.type === 'progress') {
        const { step, totalSteps, loss, imagesPerSecond, etaSeconds } = change;
        const pace =
          imagesPerSecond > 0 ? [`${imagesPerSecond.toFixed(1)} img/s`, `${formatDuration(etaSeconds)} left`] : [];
        bar.show('step', {
          done: step,
          total: totalSteps,
          facts: [`loss ${loss?.toFixed(4) ?? 'not finite'}`, ...pace],
        });
      } else if (change.type === 'points') {
        for (const { step, values } of change.points)
          if (typeof values['accuracy_test'] === 'number')
            bar.say(
              `step ${step}: accuracy_test ${values['accuracy_test'].toFixed(5)}  loss_test ${values['loss_test']?.toFixed(4)}`,
            );
      }
    }
    return 0;
  } finally {
    bar.clear();
  }
}
