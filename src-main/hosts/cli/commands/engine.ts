import { join } from 'node:path';
import { AppError } from '../../../../src-shared/errors.ts';
import { nearest } from '../../../../src-shared/nearest.ts';
import { openLibrary } from '../../../app/library.ts';
import { clearCompiled, compiledFolder, compiledPrograms } from '../../../services/engine/compiled.ts';
import { enginesFolder } from '../../../services/engine/home.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { isInstalled, installEngine, removeEngine } from '../../../services/engine/install.ts';
import { detectGpu } from '../../../services/engine/gpu.ts';
import { isSupported, sourceOf } from '../../../services/engine/sources.ts';
import type { EngineVariant } from '../../../services/engine/sources.ts';
import { engineStatus } from '../../../services/engine/status.ts';
import type { Command, CommandContext } from '../command.ts';
import { printStatus } from '../engine-status.ts';
import { installReporter } from '../install-progress.ts';

const ACTIONS = { install, status, remove, compiled };
const INSTALL_OPTIONS = ['cpu', 'gpu', 'if-missing', 'wheels'];

export const command: Command = {
  name: 'engine',
  summary: 'install TensorFlow, and say which engine is used and why',
  usage: 'engine install|status|remove|compiled [OPTIONS]',
  help: `
Vitrine computes on TensorFlow. It is fetched once, as the library inside TensorFlow's Python wheel; nothing Python
runs afterwards. Where TensorFlow can't be had, Vitrine computes on WebAssembly (WASM), which is slower.

  engine install [--cpu|--gpu] [--if-missing] [--wheels DIR]
      Fetch TensorFlow with pip or uv, compile its binding (a C++ compiler is needed, about 10 s), and check in a
      process of its own that it computes rightly. Nothing is left behind when any of it fails.
        --cpu          for the CPU: fetches 0.3 GB, 2.2 GB free while installing, 0.9 GB after
        --gpu          for NVIDIA GPUs, with CUDA 12 (Linux x64): needs about 9 GB free while installing
                       With neither: --gpu where an NVIDIA GPU is found, otherwise --cpu.
        --if-missing   do nothing when that engine is there and whole
        --wheels DIR   take the wheels from a folder instead of the network

  engine status
      The engine that will be used, as it says itself: version, devices, threads, why; and for each engine that is
      not used, why not and what to do. Exit code 1 when the engine chosen does not load.

  engine remove ID
      Delete an installed engine (its ID as "engine status" prints it).

  engine compiled [--clear]
      How much of what XLA has compiled is kept on disk (at most 2 GB; a program that was compiled once starts sooner
      the next time), or with --clear delete it.

  --json  one JSON document on standard output

Environment:
  VITRINE_ENGINE=tensorflow|wasm   insist on one
  VITRINE_ENGINE_DIR=DIR           the folder of an engine, instead of the one Vitrine would choose
  VITRINE_THREADS=N                threads inside an op (default: the cores this process may use)
  VITRINE_COMPILED_DIR=DIR         where compiled programs are kept (now: ${process.env.VITRINE_COMPILED_DIR ?? compiledFolder()}); empty: nowhere
  VITRINE_HOME=DIR                 where engines and the library are kept (now: ${homeFolder()})

Examples:
  vitrine engine install
  vitrine engine status --json
  VITRINE_ENGINE=wasm vitrine engine status
`,
  options: {
    cpu: { type: 'boolean' },
    gpu: { type: 'boolean' },
    'if-missing': { type: 'boolean' },
    wheels: { type: 'string' },
    clear: { type: 'boolean' },
  },
  async run(context) {
    const [name, ...rest] = context.positionals;
    const action = Object.hasOwn(ACTIONS, name ?? '') ? ACTIONS[name as keyof typeof ACTIONS] : undefined;
    if (!action) throw unknownAction(name);
    if (action !== remove && rest.length > 0) throw usage(`engine ${name} takes no "${rest[0]}".`);
    const own: readonly string[] = action === install ? INSTALL_OPTIONS : action === compiled ? ['clear'] : [];
    const extra = Object.keys(command.options).find((key) => context.options[key] !== undefined && !own.includes(key));
    if (extra) throw usage(`engine ${name} has no --${extra}.`);
    return action(context, rest);
  },
};

async function install(context: CommandContext): Promise<void> {
  const { cpu, gpu, wheels } = context.options;
  if (cpu && gpu) throw usage('--cpu and --gpu exclude each other.');
  const variant: EngineVariant = cpu
    ? 'cpu'
    : gpu || (isSupported('gpu') && (await detectGpu()).present)
      ? 'gpu'
      : 'cpu';
  if (context.options['if-missing'] && (await isInstalled(variant))) {
    const { id } = sourceOf(variant)!;
    context.log(`${id} is already installed.`);
    if (context.json) context.emit({ installed: false, id, dir: join(enginesFolder(), id) });
    return;
  }
  const reporter = installReporter(process.stderr);
  const started = performance.now();
  const library = await openLibrary({ host: 'cli' }); // where requests are written down
  try {
    const { dir, manifest } = await installEngine({
      variant,
      wheels: wheels as string | undefined,
      signal: context.signal,
      onProgress: reporter.show,
      record: (request) => library.network.record(request),
    });
    reporter.end();
    const seconds = Math.round((performance.now() - started) / 1000);
    context.print(
      `TensorFlow ${manifest.version} (${manifest.device.toUpperCase()}) is installed in ${dir} (${seconds} s).`,
    );
    if (context.json) context.emit({ installed: true, id: manifest.id, version: manifest.version, dir, seconds });
  } finally {
    reporter.end();
    await library.close();
  }
}

async function status(context: CommandContext): Promise<number> {
  const report = await engineStatus();
  if (context.json) context.emit(report);
  else printStatus(report, (line) => context.print(line));
  return report.ok ? 0 : 1;
}

async function compiled(context: CommandContext): Promise<void> {
  const clear = context.options.clear === true;
  const { folder, programs, bytes } = await (clear ? clearCompiled() : compiledPrograms());
  if (context.json) context.emit({ folder, programs, bytes, cleared: clear });
  else if (folder === null) context.print('Compiled programs are not kept: VITRINE_COMPILED_DIR is empty.');
  else
    context.print(
      `${programs} compiled program${programs === 1 ? '' : 's'}, ${(bytes / 1e6).toFixed(1)} MB, in ${folder}${clear ? ': deleted' : ''}.`,
    );
}

async function remove(context: CommandContext, [id, extra]: string[]): Promise<void> {
  if (id === undefined || extra !== undefined)
    throw usage('engine remove takes one ID, as "vitrine engine status" prints it.');
  const dir = await removeEngine(id);
  context.print(`Removed ${dir}.`);
  if (context.json) context.emit({ removed: id, dir });
}

function unknownAction(name: string | undefined): AppError {
  if (name === undefined) return usage('engine needs an action.');
  const guess = nearest(name, Object.keys(ACTIONS));
  return usage(`There is no "engine ${name}".${guess ? ` Did you mean "engine ${guess}"?` : ''}`);
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Usage: vitrine ${command.usage}` });
}
