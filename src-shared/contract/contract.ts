import { catalog } from './catalog.ts';
import { checkpoints } from './checkpoints.ts';
import { configs } from './configs.ts';
import { desktop } from './desktop.ts';
import { downloads } from './downloads.ts';
import { files } from './files.ts';
import { network } from './network.ts';
import { settings } from './settings.ts';
import { library } from './library.ts';
import { runs } from './runs.ts';
import { datasets } from './datasets.ts';
import { engine } from './engine.ts';
import { evaluations } from './evaluations.ts';
import { predict } from './predict.ts';
import { samples } from './samples.ts';
import { system } from './system.ts';
import { uploads } from './uploads.ts';

/** Everything that a window, a script or the command line can ask of main: one entry a service. */
export const contract = {
  catalog,
  checkpoints,
  downloads,
  network,
  settings,
  library,
  configs,
  runs,
  datasets,
  engine,
  evaluations,
  predict,
  samples,
  files,
  desktop,
  system,
  uploads,
};
