import { datasets } from './datasets.ts';
import { engine } from './engine.ts';
import { evaluations } from './evaluations.ts';
import { predict } from './predict.ts';
import { system } from './system.ts';
import { uploads } from './uploads.ts';

/** Everything that a window, a script or the command line can ask of main: one entry a service. */
export const contract = {
  datasets,
  engine,
  evaluations,
  predict,
  system,
  uploads,
};
