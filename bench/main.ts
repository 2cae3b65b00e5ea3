// `npm run bench`: Vitrine beside its peers on this machine, in one run. `npm run bench -- --help` says more.
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { resolveEngine } from '../src-main/services/engine/engines.ts';
import { workerEnvironment } from '../src-main/services/engine/environment.ts';
import { AppError, ERROR_CODES } from '../src-shared/errors.ts';
import { catalogFigures } from './catalog-section.ts';
import { markdownTable, renderFigures, renderGroup, textTable, type Figure, type Group } from './figures.ts';
import { largeSection } from './large-files.ts';
import { openSection } from './open-times.ts';
import { readOptions, USAGE } from './options.ts';
import { planSection } from './plan-section.ts';
import { loaderSection, type SectionResult } from './sections.ts';
import { startTimes } from './start-times.ts';
import { stepsSection } from './steps-section.ts';
import { windowFigures } from './window-section.ts';

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const say = (line: string): void => console.error(`… ${line}`);
  const needsEngine = options.only.some((part) => part !== 'catalog' && part !== 'window');
  const section = { ...options, env: needsEngine ? await engineEnvironment() : process.env, say };
  const load = [loadavg()[0]!];
  const groups: Group[] = [];
  const figures: Figure[] = [];
  const versions: Record<string, string> = {};
  const add = (result: SectionResult): void => {
    groups.push(...result.groups);
    figures.push(...result.figures);
    Object.assign(versions, result.versions);
  };
  if (options.only.includes('plan')) add(planSection(section));
  if (options.only.includes('open')) add(await openSection(section));
  if (options.only.includes('large')) add(await largeSection(section));
  if (options.only.includes('steps')) add(await stepsSection(section));
  if (options.only.includes('loader')) add(await loaderSection(section));
  if (options.only.includes('start')) figures.push(...startTimes(section.env));
  if (options.only.includes('catalog')) figures.push(...(await catalogFigures(options.rounds, say)));
  if (options.only.includes('window')) figures.push(...(await windowFigures(options.rounds, say)));
  load.push(loadavg()[0]!);

  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    loadBefore: load[0],
    loadAfter: load[1],
  };
  if (options.json) {
    console.log(JSON.stringify({ machine, versions, rounds: options.rounds, groups, figures }, null, 2));
    return 0;
  }
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`${machine.processor}, ${machine.cores} cores; load before ${load[0]!.toFixed(1)}`);
  console.log(`${software.join(', ')}; medians of ${options.rounds} turns\n`);
  const render = options.markdown ? markdownTable : textTable;
  for (const group of groups) console.log(`${renderGroup(group, render)}\n`);
  console.log(renderFigures(figures, render));
  return 0;
}

/** @throws AppError engine */
async function engineEnvironment(): Promise<NodeJS.ProcessEnv> {
  const engine = await resolveEngine();
  if (engine.kind === 'tensorflow') return workerEnvironment(engine);
  throw new AppError('engine', 'Without TensorFlow only the catalog is measured.', {
    hint: 'Run "vitrine engine install", or give --only catalog.',
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(`bench: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  process.exitCode = ERROR_CODES[error.code].exitCode;
}
