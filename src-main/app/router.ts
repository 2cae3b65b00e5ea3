import { main } from './base.ts';
import { library } from './routes/library.ts';
import { runs } from './routes/runs.ts';
import { system } from './routes/system.ts';

/** The contract over the services: one entry a service. */
export const router = main.router({
  library,
  runs,
  system,
});
