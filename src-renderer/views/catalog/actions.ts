import type { Action } from '../../ui/commands.svelte.ts';
import type { CatalogRow } from './catalog-row.ts';
import type { CatalogView } from './catalog.svelte.ts';
import { strings } from './strings.ts';

interface Ways {
  open: (row: CatalogRow) => void;
  import: () => void;
  compare: () => void;
}

/** What the catalog's keys do: to the rows that are chosen, else to the one under the cursor. */
export function actionsOf(view: CatalogView, ways: Ways): Action[] {
  const { keys } = strings;
  const { annotator } = view;
  const names = (): string[] => view.chosen.map(({ name }) => name);
  const action = (id: string, text: string, rest: Pick<Action, 'run'> & { keys?: string }): Action => ({
    id: `catalog.${id}`,
    text,
    group: keys.group,
    ...rest,
  });
  return [
    action('star', keys.star, { keys: 's', run: () => void annotator.star(view.chosen) }),
    action('compare', keys.compare, { keys: 'c', run: () => void annotator.compare(names()) }),
    action('download', keys.download, { keys: 'd', run: () => void annotator.download(names()) }),
    action('preview', keys.preview, {
      keys: 'Escape',
      run: () => (view.preview = null),
    }),
    action('import', strings.import.action, { run: ways.import }),
    action('tray', strings.compare.title, { run: ways.compare }),
  ];
}
