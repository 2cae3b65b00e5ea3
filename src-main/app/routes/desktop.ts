import { AppError } from '../../../src-shared/errors.ts';
import { main } from '../base.ts';
import type { Desktop } from '../desktop.ts';
import type { Library } from '../library.ts';

export const desktop = main.desktop.router({
  status: main.desktop.status.handler(({ context }) => ({ available: context.library.desktop !== null })),
  choose: main.desktop.choose.handler(async ({ input: { kind, title }, context }) => ({
    path: await of(context.library).choose(kind, title),
  })),
  reveal: main.desktop.reveal.handler(async ({ input, context }) => {
    await of(context.library).reveal(input.path);
    return null;
  }),
});

function of({ desktop }: Library): Desktop {
  if (desktop) return desktop;
  throw new AppError('usage', 'There is no desktop here: Vitrine is served to a browser.');
}
