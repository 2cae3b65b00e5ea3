import { main } from '../base.ts';

export const catalog = main.catalog.router({
  search: main.catalog.search.handler(({ input, context: { library } }) => library.catalog.search(input)),
  lineages: main.catalog.lineages.handler(({ input, context: { library } }) => library.catalog.lineages(input)),
  show: main.catalog.show.handler(({ input, context: { library } }) => library.catalog.show(input.name)),
  siblings: main.catalog.siblings.handler(({ input, context: { library } }) => library.catalog.siblings(input.name)),
  recommend: main.catalog.recommend.handler(({ input, context: { library } }) => library.catalog.recommend(input)),
  bestPerModel: main.catalog.bestPerModel.handler(({ input, context: { library } }) =>
    library.catalog.bestPerModel(input),
  ),
  table3: main.catalog.table3.handler(({ context: { library } }) => library.catalog.table3()),
  figure3: main.catalog.figure3.handler(({ input, context: { library } }) => library.catalog.figure3(input)),
  gaps: main.catalog.gaps.handler(({ context: { library } }) => library.catalog.gaps()),
  importIndex: main.catalog.importIndex.handler(({ input, context: { library }, signal }) =>
    library.catalog.importIndex(input.source, signal),
  ),
  exportCsv: main.catalog.exportCsv.handler(async function* ({ input, context: { library } }) {
    const { columns, ...filter } = input;
    yield* library.catalog.exportCsv(filter, columns);
  }),
  annotations: main.catalog.annotations.handler(({ context: { library } }) => library.catalog.annotations()),
  annotate: main.catalog.annotate.handler(({ input, context: { library } }) => library.catalog.annotate(input)),
  comparing: main.catalog.comparing.handler(({ context: { library } }) => library.catalog.comparing()),
  compare: main.catalog.compare.handler(({ input, context: { library } }) => library.catalog.compare(input.names)),
  views: main.catalog.views.handler(({ context: { library } }) => library.catalog.views()),
  saveView: main.catalog.saveView.handler(({ input, context: { library } }) => library.catalog.saveView(input)),
  deleteView: main.catalog.deleteView.handler(({ input, context: { library } }) => {
    library.catalog.deleteView(input.name);
    return null;
  }),
});
