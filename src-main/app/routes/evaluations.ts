import { main } from '../base.ts';

export const evaluations = main.evaluations.router({
  start: main.evaluations.start.handler(({ input, context }) => context.library.evaluations.start(input)),
  list: main.evaluations.list.handler(({ context }) => context.library.evaluations.list()),
  get: main.evaluations.get.handler(({ input, context }) => context.library.evaluations.get(input.id)),
  images: main.evaluations.images.handler(({ input, context }) => context.library.evaluations.images(input)),
  cancel: main.evaluations.cancel.handler(({ input, context }) => context.library.evaluations.cancel(input.id)),
  remove: main.evaluations.remove.handler(async ({ input, context }) => {
    await context.library.evaluations.remove(input.id);
    return input;
  }),
});
