import { main } from './base.ts';
import { catalog } from './routes/catalog.ts';
import { checkpoints } from './routes/checkpoints.ts';
import { desktop } from './routes/desktop.ts';
import { downloads } from './routes/downloads.ts';
import { files } from './routes/files.ts';
import { network } from './routes/network.ts';
import { settings } from './routes/settings.ts';
import { library } from './routes/library.ts';
import { runs } from './routes/runs.ts';
import { configs } from './routes/configs.ts';
import { datasets } from './routes/datasets.ts';
import { engine } from './routes/engine.ts';
import { evaluations } from './routes/evaluations.ts';
import { predict } from './routes/predict.ts';
import { samples } from './routes/samples.ts';
import { system } from './routes/system.ts';
import { uploads } from './routes/uploads.ts';

/** The contract over the services: one entry a service. */
export const router = main.router({
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
});
