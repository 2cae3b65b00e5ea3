import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';

/** The numbers of a training are no numbers any more. */
export function diverged(step: number, what: string): AppError {
  return new AppError('internal', `The ${what} at step ${step}.`, {
    hint:
      'Lower --config.base_lr, or raise --config.warmup_steps. The last checkpoint before this step is kept: ' +
      '"vitrine runs branch WORKDIR --workdir=NEW --config.base_lr=…" goes on from it with another rate.',
    details: { cause: 'diverged', step },
  });
}

/** So that a state that can't be gone on from never takes the place of one that can. @throws AppError internal (diverged) */
export function checkFinite(step: number, state: ReadonlyMap<string, NamedTensor>): void {
  for (const [name, { data }] of state) {
    for (let i = 0; i < data.length; i++)
      if (!Number.isFinite(data[i])) throw diverged(step, `${name} became ${data[i]}`);
  }
}
