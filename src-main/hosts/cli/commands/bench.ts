import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { speedChart, speedPage } from '../../../../src-shared/bench/chart.ts';
import { speedCsv } from '../../../../src-shared/bench/rows.ts';
import type { SpeedRow } from '../../../../src-shared/bench/rows.ts';
import { CONFIG_FLAG, splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { isInferenceTime, resolveInferenceTime } from '../../../../src-shared/config/inference-time.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { augregNameOf, variantNamed, VARIANTS } from '../../../../src-shared/models/variants.ts';
import type { Variant } from '../../../../src-shared/models/variants.ts';
import { workerSetup } from '../../../app/worker-setup.ts';
import { measureModels } from '../../../services/bench/service.ts';
import type { BenchRequest, BenchResult } from '../../../services/bench/service.ts';
import { memoryOf } from '../../../services/memory/machine-memory.ts';
import { writeTogether } from '../../../services/reports/atomic-write.ts';
import type { Command, CommandContext } from '../command.ts';
import { columns, formatBytes } from '../format-bytes.ts';
import { positiveOption, threadsOption } from '../worker-options.ts';

/** Models of the papers in their order; the rest can be named. */
const USUAL = VARIANTS.filter(({ modelName }) => !/^testing|-gap-norep$/.test(modelName));

export const command: Command = {
  name: 'bench',
  summary: 'how fast models predict and train on this machine',
  usage: 'bench models [--models A,B] [--batch 1,8] [--train] [--python VENV] [--json|--csv FILE] [--chart FILE]',
  help: `
Measures images a second, the time until the first step is done (compiling included) and the memory of a step, each model
in a process of its own. Weights are random and images made up: neither changes how long a step takes.

  --models A,B        ViT-Ti_16, ti16 or Ti_16 are the same; default: all that fit into memory
  --batch 1,8         images a step (default 8)
  --train             training steps too: forward, backward, clipping, vit_jax's SGD
  --resolution PX     default 224
  --classes N         outputs of the head, default 1000
  --steps N           steps that are timed, default 20; as many as --max-seconds allows, three at least
  --max-seconds S     for the timed steps of one measurement, default 10
  --threads N         threads (default: all cores)
  --python VENV       beside it timm on PyTorch, from this environment
  --vit-jax FOLDER    with --python: vit_jax on JAX, from a checkout of google-research/vision_transformer
  --config=inference_time[:MODEL]   vit_jax's measurement, with its fields: --config.steps, initial_steps, batch,
                      num_classes, image_size. It times steps, where vit_jax times initial_steps of them by mistake,
                      and takes MLP-Mixers too; what is 0 there (not set) is the default here
  --csv FILE          the rows as CSV
  --chart FILE        as a picture: .svg, or .html with the table
  --json              {"rows", "skipped", "engine", "machine", "versions"}

A row's imgPerSec is by the median step. ofVitrine is a peer's speed over Vitrine's for the same; they are measured one
after the other, so on a machine that does other things it says little ("npm run bench" lets them take turns).

Examples:
  vitrine bench models --models Ti_16,S_16 --batch 1,8 --train --chart speed.svg
  vitrine bench models --config=inference_time:ViT-B_32 --config.batch=32 --json`,
  options: {
    models: { type: 'string' },
    batch: { type: 'string' },
    train: { type: 'boolean' },
    resolution: { type: 'string' },
    classes: { type: 'string' },
    steps: { type: 'string' },
    'max-seconds': { type: 'string' },
    threads: { type: 'string' },
    python: { type: 'string' },
    'vit-jax': { type: 'string' },
    csv: { type: 'string' },
    chart: { type: 'string' },
  },
  passThrough: CONFIG_FLAG,
  run,
};

async function run(context: CommandContext): Promise<number> {
  const [what, ...more] = context.positionals;
  if (what !== 'models' || more.length > 0)
    throw new AppError('usage', `bench takes "models", and got "${context.positionals.join(' ')}".`, {
      hint: `Usage: vitrine ${command.usage}`,
    });
  const { csv, chart } = context.options as Record<string, string | undefined>;
  if (chart !== undefined && !/\.(svg|html)$/i.test(chart))
    throw new AppError('usage', `--chart is "${chart}", but must end with .svg or .html.`);
  const request = requestOf(context);
  const threads = threadsOption(context) ?? null;
  const setup = await workerSetup(threads);
  if (setup.device === 'wasm')
    context.log('Measuring WebAssembly, which is much slower than TensorFlow ("vitrine engine status" says why).');
  const { freeBytes } = await memoryOf(setup.device);
  const result = await measureModels(request, {
    setup,
    freeBytes,
    signal: context.signal,
    say: (text) => context.log(`… ${text}`),
    onRow: (row) =>
      context.log(`  ${significant(row.imgPerSec)} images/s, first step ${row.firstSeconds.toFixed(1)} s`),
  });
  const machine = { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), threads };
  if (result.rows.length === 0)
    throw new AppError('engine', 'Nothing could be measured.', { hint: result.skipped[0]?.reason });
  const caption = `${machine.processor}, ${machine.cores} cores; ${versionsOf(result)}; random weights, ${request.resolution} px`;
  const files: { path: string; chunks: string[] }[] = [];
  if (csv !== undefined) files.push({ path: resolve(csv), chunks: [speedCsv(result.rows)] });
  if (chart !== undefined) {
    const draw = /\.svg$/i.test(chart) ? speedChart : speedPage;
    files.push({ path: resolve(chart), chunks: [draw(result.rows, caption)] });
  }
  await writeTogether(files);
  if (context.json) context.emit({ ...result, machine });
  else context.print(`${caption}\n\n${table(result.rows)}`);
  return 0;
}

/** What is asked for, by options and by inference_time's fields. @throws AppError usage, config */
function requestOf(context: CommandContext): BenchRequest {
  const { options } = context;
  const { config, overrides } = splitConfigFlags(context.flags);
  if (config === undefined && overrides.length > 0)
    throw new AppError('usage', `${overrides[0]} needs --config=inference_time.`);
  if (config !== undefined && !isInferenceTime(config))
    throw new AppError('usage', `bench models takes --config=inference_time[:MODEL], and got "${String(config)}".`);
  const text = (name: string): string | undefined => options[name] as string | undefined;
  if (text('vit-jax') !== undefined && text('python') === undefined)
    throw new AppError('usage', '--vit-jax needs --python: an environment with jax, flax and optax.');
  const preset = config === undefined ? null : resolveInferenceTime(config, overrides);
  for (const note of preset?.notes ?? []) context.log(`Note: ${note}`);
  const { model_name, steps, initial_steps, batch, num_classes, image_size } = preset?.config ?? {};
  const named = text('models')?.split(',') ?? (model_name === undefined ? null : [model_name]);
  return {
    variants: named === null ? USUAL : named.map(variantOf),
    batches: text('batch')
      ?.split(',')
      .map((one) => positiveOption('batch', one, 1)) ?? [batch || 8],
    train: options['train'] === true,
    resolution: positiveOption('resolution', options['resolution'], image_size || 224),
    numClasses: positiveOption('classes', options['classes'], num_classes || 1000),
    steps: positiveOption('steps', options['steps'], steps ?? 20),
    warmup: initial_steps ?? 1,
    // inference_time's own number of steps is kept, however long they take.
    maxSeconds: positiveOption('max-seconds', options['max-seconds'], preset === null ? 10 : 86_400),
    threads: threadsOption(context) ?? null,
    python: text('python') ?? null,
    vitJax: text('vit-jax') ?? null,
  };
}

/** By any of its names. @throws AppError config with the nearest */
function variantOf(name: string): Variant {
  return (
    VARIANTS.find((variant) => variant.configName === name || augregNameOf(variant) === name) ?? variantNamed(name)
  );
}

function versionsOf({ versions }: BenchResult): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function table(rows: readonly SpeedRow[]): string {
  const peers = rows.some(({ ofVitrine }) => ofVitrine !== null);
  return columns([
    ['model', 'engine', 'what', 'batch', 'images/s', 'first step', 'memory', ...(peers ? ['of Vitrine'] : [])],
    ...rows.map((row) => [
      row.model,
      row.engine,
      row.what,
      String(row.batch),
      significant(row.imgPerSec),
      `${row.firstSeconds.toFixed(1)} s`,
      row.peakBytes === null ? '' : formatBytes(row.peakBytes),
      ...(peers ? [row.ofVitrine === null ? '' : `${row.ofVitrine.toFixed(2)} ×`] : []),
    ]),
  ]);
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
