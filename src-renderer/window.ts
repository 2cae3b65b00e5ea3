import { createApi } from './api.ts';
import { Live } from './live/live.svelte.ts';

/** The window's one client and its one event stream. */
export const api = createApi();

export const live = new Live((after, signal) => api.system.events({ after }, { signal }));
