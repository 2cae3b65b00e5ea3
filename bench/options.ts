import { parseArgs } from 'node:util';
import { AppError } from '../src-shared/errors.ts';
import { CELLS } from './cells.ts';

export const SECTIONS = ['start', 'plan', 'open', 'steps', 'loader', 'catalog', 'large', 'window'] as const;
export type Section = (typeof SECTIONS)[number];

/** Measured only where they are named. */
const NAMED: ReadonlySet<Section> = new Set(['large', 'window']);

export interface BenchOptions {
  help: boolean;
  json: boolean;
  /** A Python environment with torch and timm, jax, flax and optax, Pillow: those that are there are measured. */
  python: string | undefined;
  /** A checkout of google-research/vision_transformer. */
  vitJax: string | undefined;
  rounds: number;
  only: readonly Section[];
  /** Of steps: models and batches, names of CELLS. */
  cells: readonly string[];
  /** Of steps: numbers of threads that the peers are tried with; absent means 1 and all. */
  threads?: readonly number[];
  /** Tables in Markdown. */
  markdown: boolean;
}

export const USAGE = `npm run bench [-- --json] [--rounds N] [--only ${SECTIONS.join(',')}] [--python VENV] [--vit-jax FOLDER]
    [--cells MODELS] [--threads COUNTS] [--markdown]

Measures Vitrine beside its peers on this machine, in one run, taking turns.
  --python VENV     also timm on PyTorch (eager and torch.compile) and Pillow, from this environment
  --vit-jax FOLDER  also vit_jax on JAX, with --python: a checkout of google-research/vision_transformer
  --rounds N        turns of each contestant (default 7); medians are printed
  --only PARTS      of ${SECTIONS.join(', ')}; large takes minutes, 6 GB of memory and 12 GB of disk, window
                    a Chromium; both only when they are named
  --cells MODELS    of steps: of ${Object.keys(CELLS).join(', ')} (default all: with all peers that is an hour)
  --threads COUNTS  of steps: threads that the peers are tried with (default 1 and all cores)
  --markdown        tables as docs/performance.md has them
  --json            one JSON document on standard output`;

export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parse(argv);
  const rounds = Number(values.rounds ?? 7);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new AppError('usage', `--rounds is "${values.rounds}", not a count.`);
  const only = (values.only?.split(',') ?? SECTIONS.filter((part) => !NAMED.has(part))) as Section[];
  const unknown = only.find((part) => !SECTIONS.includes(part));
  if (unknown !== undefined) throw new AppError('usage', `--only: there is no part "${unknown}".`, { hint: USAGE });
  if (values['vit-jax'] !== undefined && values.python === undefined) {
    throw new AppError('usage', '--vit-jax needs --python: an environment with jax, flax and optax.');
  }
  const cells = values.cells?.split(',') ?? Object.keys(CELLS);
  const noCell = cells.find((cell) => !(cell in CELLS));
  if (noCell !== undefined) throw new AppError('usage', `--cells: there is no "${noCell}".`, { hint: USAGE });
  const threads = values.threads?.split(',').map(Number);
  if (threads?.some((count) => !Number.isInteger(count) || count < 1))
    throw new AppError('usage', `--threads is "${values.threads}", not counts.`);
  return {
    cells,
    ...(threads ? { threads } : {}),
    markdown: values.markdown === true,
    help: values.help === true,
    json: values.json === true,
    python: values.python,
    vitJax: values['vit-jax'],
    rounds,
    only,
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    json: flag,
    help: flag,
    markdown: flag,
    rounds: text,
    only: text,
    cells: text,
    threads: text,
    python: text,
    'vit-jax': text,
  } as const;
  try {
    return parseArgs({ args: [...argv], options });
  } catch (error) {
    throw new AppError('usage', (error as Error).message, { hint: USAGE });
  }
}
