import { imagesBelow, listFolder } from '../../services/files/service.ts';
import { main } from '../base.ts';

export const files = main.files.router({
  list: main.files.list.handler(({ input, context }) => listFolder({ ...input, home: context.library.paths.home })),
  images: main.files.images.handler(({ input }) => imagesBelow(input.path)),
});
