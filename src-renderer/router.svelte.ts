import { SvelteURLSearchParams } from 'svelte/reactivity';
import { href, placeOf } from './routes.ts';
import type { Params, Place, RouteId } from './routes.ts';

/** Where the window is, as its address says. */
class Router {
  #place = $state.raw<Place>(placeOf(location.hash));
  /** The address that this place was read from, or written to. */
  #heard = location.hash;
  /** Whether the window is elsewhere than where it was opened: what comes into sight was gone to. */
  moved = false;

  constructor() {
    addEventListener('hashchange', () => {
      this.moved = true;
      this.#heard = location.hash;
      this.#place = placeOf(location.hash);
    });
  }

  get place(): Place {
    return this.#place;
  }

  go<Id extends RouteId>(id: Id, params: Params<Id>, query?: Parameters<typeof href>[2]): void {
    location.hash = href(id, params, query);
  }

  /** Puts a view's state into its address. Typing and scrolling replace the entry: Back leaves the view at once. */
  replaceQuery(query: Parameters<typeof href>[2]): void {
    // An address that was just gone to, and not yet heard of, is not written over.
    if (location.hash !== this.#heard) return;
    const { id, params } = this.#place;
    const hash = href(id, params as Params<typeof id>, query);
    if (hash === (location.hash || '#')) return;
    history.replaceState(history.state, '', hash);
    this.#heard = location.hash;
    this.#place = { id, params, query: new SvelteURLSearchParams(hash.split('?')[1] ?? '') };
  }
}

export const router = new Router();
