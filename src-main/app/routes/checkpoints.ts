import { main } from '../base.ts';

export const checkpoints = main.checkpoints.router({
  list: main.checkpoints.list.handler(async ({ context: { library } }) => ({
    checkpoints: await library.checkpoints.list(),
  })),
  get: main.checkpoints.get.handler(({ context: { library }, input }) => library.checkpoints.get(input.id)),
  inspect: main.checkpoints.inspect.handler(({ context: { library }, input, signal }) =>
    library.checkpoints.inspect(input.path, signal),
  ),
  import: main.checkpoints.import.handler(({ context: { library }, input: { path, mode, name }, signal }) => {
    if (name !== undefined) library.catalog.show(name); // a name that the catalog doesn't have is refused
    return library.checkpoints.import(path, { mode, name, signal });
  }),
  tensor: main.checkpoints.tensor.handler(({ context: { library }, input, signal }) =>
    library.weights.tensor(input, signal),
  ),
  filters: main.checkpoints.filters.handler(({ context: { library }, input, signal }) =>
    library.weights.filters(input, signal),
  ),
  posEmbedding: main.checkpoints.posEmbedding.handler(({ context: { library }, input, signal }) =>
    library.weights.posEmbedding(input.id, signal),
  ),
  remove: main.checkpoints.remove.handler(async ({ context: { library }, input: { id, keepFile } }) => ({
    removed: id,
    deleted: await library.checkpoints.remove(id, { keepFile }),
  })),
  rescan: main.checkpoints.rescan.handler(({ context: { library }, signal }) => library.checkpoints.rescan(signal)),
  memory: main.checkpoints.memory.handler(({ context: { library }, input }) => library.memory.estimate(input)),
  probe: main.checkpoints.probe.handler(({ context: { library }, input, signal }) =>
    library.memory.probe(input, signal),
  ),
});
