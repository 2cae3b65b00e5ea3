import { api } from '../../window.ts';
import { CatalogView } from './catalog.svelte.ts';
import { HereList } from './here.svelte.ts';
import { Machine } from './machine.svelte.ts';
import { SavedViews } from './saved-views.svelte.ts';

/** What the catalog's page finds again when it is come back to. */
export const view = new CatalogView(api);
export const views = new SavedViews(api.catalog);
export const machine = new Machine();
export const here = new HereList(api);
