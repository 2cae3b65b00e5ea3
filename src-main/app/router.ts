import { main } from './base.ts';
import { catalog } from './routes/catalog.ts';
import { system } from './routes/system.ts';

/** The contract over the services: one entry a service. */
export const router = main.router({
  catalog,
  system,
});
