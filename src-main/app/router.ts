import { main } from './base.ts';
import { datasets } from './routes/datasets.ts';
import { engine } from './routes/engine.ts';
import { evaluations } from './routes/evaluations.ts';
import { predict } from './routes/predict.ts';
import { system } from './routes/system.ts';
import { uploads } from './routes/uploads.ts';

/** The contract over the services: one entry a service. */
export const router = main.router({
  datasets,
  engine,
  evaluations,
  predict,
  system,
  uploads,
});
