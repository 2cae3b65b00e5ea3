import { parseArgs } from 'node:util';
import { AppError } from '../src-shared/errors.ts';

export const SECTIONS = ['start', 'open', 'steps', 'loader', 'catalog', 'large'] as const;
export type Section = (typeof SECTIONS)[number];

export interface BenchOptions {
  help: boolean;
  json: boolean;
  /** A Python environment with torch and timm, jax, flax and optax, Pillow: those that are there are measured. */
  python: string | undefined;
  /** A checkout of google-research/vision_transformer. */
  vitJax: string | undefined;
  rounds: number;
  only: readonly Section[];
}

export const USAGE = `npm run bench [-- --json] [--rounds N] [--only ${SECTIONS.join(',')}] [--python VENV] [--vit-jax FOLDER]

Measures Vitrine beside its peers on this machine, in one run, taking turns.
  --python VENV     also timm on PyTorch (eager and torch.compile) and Pillow, from this environment
  --vit-jax FOLDER  also vit_jax on JAX, with --python: a checkout of google-research/vision_transformer
  --rounds N        turns of each contestant (default 7); medians are printed
  --only PARTS      of ${SECTIONS.join(', ')}; large takes minutes, 6 GB of memory and 12 GB of disk, and only
                    when it is named
  --json            one JSON document on standard output`;

export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parse(argv);
  const rounds = Number(values.rounds ?? 7);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new AppError('usage', `--rounds is "${values.rounds}", not a count.`);
  const only = (values.only?.split(',') ?? SECTIONS.filter((part) => part !== 'large')) as Section[];
  const unknown = only.find((part) => !SECTIONS.includes(part));
  if (unknown !== undefined) throw new AppError('usage', `--only: there is no part "${unknown}".`, { hint: USAGE });
  if (values['vit-jax'] !== undefined && values.python === undefined) {
    throw new AppError('usage', '--vit-jax needs --python: an environment with jax, flax and optax.');
  }
  return {
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
  const options = { json: flag, help: flag, rounds: text, only: text, python: text, 'vit-jax': text } as const;
  try {
    return parseArgs({ args: [...argv], options });
  } catch (error) {
    throw new AppError('usage', (error as Error).message, { hint: USAGE });
  }
}
