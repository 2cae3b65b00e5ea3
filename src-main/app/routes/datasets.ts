import { extname } from 'node:path';
import type { DatasetName } from '../../../src-shared/data/named.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { main } from '../base.ts';
import type { Library } from '../library.ts';
import { previewDataset } from '../preview-dataset.ts';

const never = new AbortController().signal;

/** Where what is given lies, and what it is called. @throws AppError usage, not_found */
function placeOf({ path, upload }: { path?: string | undefined; upload?: string | undefined }, { uploads }: Library) {
  if ((path === undefined) === (upload === undefined))
    throw new AppError('usage', 'A data set is given by its path or by an upload: one of them.');
  if (path !== undefined) return { path };
  const archive = uploads.get(upload!);
  const stem = archive.name.slice(0, archive.name.length - extname(archive.name).length);
  return { path: archive.path, archive: true, name: archive.name, stem };
}

export const datasets = main.datasets.router({
  look: main.datasets.look.handler(({ input, context: { library }, signal }) => {
    const { path, archive, name } = { archive: false, name: undefined, ...placeOf(input, library) };
    return library.datasets.look({ path, archive, ...(name === undefined ? {} : { name }), signal: signal ?? never });
  }),
  add: main.datasets.add.handler(({ input: { name, seed, ...given }, context: { library } }) => {
    const { path, archive, stem } = { archive: false, stem: undefined, ...placeOf(given, library) };
    return library.datasets.add({ path, archive, name: name ?? stem, seed });
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
  image: main.datasets.image.handler(({ input, context }) => context.library.datasets.image(input.id, input.position)),
  edit: main.datasets.edit.handler(({ input, context }) => context.library.datasets.edit(input.id, input.edits)),
  examine: main.datasets.examine.handler(({ input, context }) => context.library.datasets.examine(input.id)),
  health: main.datasets.health.handler(({ input, context }) => context.library.datasets.health(input.id)),
  preview: main.datasets.preview.handler(({ input, context: { library }, signal }) =>
    previewDataset(input, { library, signal: signal ?? never }),
  ),
  bad: main.datasets.bad.handler(({ input, context }) => context.library.datasets.bad(input.id)),
  remove: main.datasets.remove.handler(async ({ input, context }) => {
    await context.library.datasets.remove(input.id);
    return input;
  }),
});
