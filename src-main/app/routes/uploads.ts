import { main } from '../base.ts';

export const uploads = main.uploads.router({
  list: main.uploads.list.handler(({ context }) => context.library.uploads.list()),
  remove: main.uploads.remove.handler(async ({ input, context }) => {
    await context.library.uploads.remove(input.id);
    return input;
  }),
});
