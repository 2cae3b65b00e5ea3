import { main } from '../base.ts';

const never = new AbortController().signal;

export const predict = main.predict.router({
  images: main.predict.images.handler(({ input, context, signal }) =>
    context.library.predict.images(input, signal ?? never),
  ),
});
