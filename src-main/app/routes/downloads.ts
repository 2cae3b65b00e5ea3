import { main } from '../base.ts';

export const downloads = main.downloads.router({
  list: main.downloads.list.handler(({ context: { library } }) => ({ downloads: library.downloads.list() })),
  add: main.downloads.add.handler(({ context: { library }, input: { what, sha256 } }) =>
    library.downloads.add(what, { sha256 }),
  ),
  pause: main.downloads.pause.handler(({ context: { library }, input }) => {
    library.downloads.pause(input.id);
    return { downloads: library.downloads.list() };
  }),
  resume: main.downloads.resume.handler(({ context: { library }, input }) => {
    library.downloads.resume(input.id);
    return { downloads: library.downloads.list() };
  }),
  move: main.downloads.move.handler(({ context: { library }, input: { id, before } }) => {
    library.downloads.move(id, before);
    return { downloads: library.downloads.list() };
  }),
  remove: main.downloads.remove.handler(async ({ context: { library }, input: { id } }) => {
    await library.downloads.remove(id);
    return { removed: id };
  }),
});
