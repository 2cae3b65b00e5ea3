import { library } from './library.ts';
import { runs } from './runs.ts';
import { system } from './system.ts';

/** Everything that a window, a script or the command line can ask of main: one entry a service. */
export const contract = {
  library,
  runs,
  system,
};
