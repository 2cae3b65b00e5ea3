import { extname } from 'node:path';
import type { DatasetName } from '../../../src-shared/data/named.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { main } from '../base.ts';

export const datasets = main.datasets.router({
  add: main.datasets.add.handler(({ input: { path, upload, name, seed }, context: { library } }) => {
    if ((path === undefined) === (upload === undefined))
      throw new AppError('usage', 'A data set is added by its path or by an upload: one of them.');
    if (path !== undefined) return library.datasets.add({ path, name, seed });
    const archive = library.uploads.get(upload!);
    const stem = archive.name.slice(0, archive.name.length - extname(archive.name).length);
    return library.datasets.add({ path: archive.path, archive: true, name: name ?? stem, seed });
  }),
  addNamed: main.datasets.addNamed.handler(({ input: { name, from }, context: { library } }) =>
    library.datasets.addNamed(name as DatasetName, from ?? null),
  ),
  list: main.datasets.list.handler(({ context }) => context.library.datasets.list()),
  get: main.datasets.get.handler(({ input, context }) => context.library.datasets.get(input.id)),
  refresh: main.datasets.refresh.handler(({ input, context }) => context.library.datasets.refresh(input.id)),
  check: main.datasets.check.handler(({ input, context }) => context.library.datasets.check(input.id)),
  cancel: main.datasets.cancel.handler(({ input, context }) => context.library.datasets.cancel(input.id)),
  classes: main.datasets.classes.handler(({ input, context }) => context.library.datasets.classes(input.id)),
  images: main.datasets.images.handler(({ input, context }) => context.library.datasets.images(input)),
  bad: main.datasets.bad.handler(({ input, context }) => context.library.datasets.bad(input.id)),
  remove: main.datasets.remove.handler(async ({ input, context }) => {
    await context.library.datasets.remove(input.id);
    return input;
  }),
});
