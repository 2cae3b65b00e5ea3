import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { modelConfigOf } from '../../../src-shared/config/model-config.ts';
import type { Variant } from '../../../src-shared/models/variants.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { RESOURCES } from '../../places.ts';

/** What one measurement is asked for with, whoever makes it. */
export interface SpeedTask {
  variant: Variant;
  what: 'forward' | 'train';
  batch: number;
  /** px */
  resolution: number;
  numClasses: number;
  warmup: number;
  steps: number;
  maxSeconds: number;
  threads: number | null;
}

export interface Peer {
  name: string;
  /** @throws AppError engine where it can't, with its last words; interrupted */
  measure(task: SpeedTask, signal: AbortSignal): Promise<PeerFigures>;
  /** Why it has no such model; null where it has. */
  lacks(variant: Variant): string | null;
}

const figuresSchema = v.object({
  firstSeconds: v.number(),
  seconds: v.pipe(v.array(v.number()), v.minLength(1)),
  peakBytes: v.nullable(v.number()),
  versions: v.record(v.string(), v.string()),
});
export type PeerFigures = v.InferOutput<typeof figuresSchema>;

const SCRIPTS = join(RESOURCES, 'peers');

/** timm's models of the same shape. */
const TIMM_NAMES: Readonly<Record<string, string>> = {
  'ViT-Ti_16': 'vit_tiny_patch16_224',
  'ViT-S_32': 'vit_small_patch32_224',
  'ViT-S_16': 'vit_small_patch16_224',
  'ViT-B_32': 'vit_base_patch32_224',
  'ViT-B_16': 'vit_base_patch16_224',
  'ViT-B_8': 'vit_base_patch8_224',
  'ViT-L_32': 'vit_large_patch32_224',
  'ViT-L_16': 'vit_large_patch16_224',
  'ViT-H_14': 'vit_huge_patch14_224',
  'ViT-S_16-gap-norep': 'vit_small_patch16_224',
  'ViT-S_32-gap-norep': 'vit_small_patch32_224',
  'ViT-B_16-gap-norep': 'vit_base_patch16_224',
  'ViT-B_32-gap-norep': 'vit_base_patch32_224',
  'R+ViT-Ti_16': 'vit_tiny_r_s16_p8_224',
  'R50+ViT-B_16': 'vit_base_r50_s16_224',
  'R26+ViT-S_32': 'vit_small_r26_s32_224',
  'R50+ViT-L_32': 'vit_large_r50_s32_224',
  'Mixer-B_16': 'mixer_b16_224',
  'Mixer-B_32': 'mixer_b32_224',
  'Mixer-L_16': 'mixer_l16_224',
};

/** What a Python environment has to compare with; what it hasn't is said and left out. @throws AppError not_found */
export async function findPeers(
  { python: venv, vitJax }: { python: string; vitJax: string | null },
  say: (text: string) => void,
): Promise<Peer[]> {
  const python = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(python))
    throw new AppError('not_found', `There is no Python in ${venv}.`, {
      hint: 'Give the folder of a virtual environment.',
    });
  const peers: Peer[] = [];
  const missing = async (names: readonly string[]): Promise<string[]> => {
    const code = `import importlib.util as u; print(" ".join(n for n in ${JSON.stringify(names)} if u.find_spec(n) is None))`;
    const { stdout } = await promisify(execFile)(python, ['-c', code], { timeout: 60_000 });
    return stdout.trim() === '' ? [] : stdout.trim().split(' ');
  };
  const forTimm = await missing(['torch', 'timm']);
  if (forTimm.length > 0) say(`timm is left out: ${venv} has no ${forTimm.join(' and no ')}.`);
  else peers.push(timmPeer(python));
  if (vitJax === null) return peers;
  const forJax = await missing(['jax', 'flax', 'optax']);
  if (forJax.length > 0) say(`vit_jax is left out: ${venv} has no ${forJax.join(' and no ')}.`);
  else if (!existsSync(join(vitJax, 'vit_jax/models_vit.py')))
    say(`vit_jax is left out: ${vitJax} is no checkout of google-research/vision_transformer.`);
  else peers.push(vitJaxPeer(python, vitJax));
  return peers;
}

function timmPeer(python: string): Peer {
  return {
    name: 'timm on PyTorch',
    lacks: ({ modelName }) => (modelName in TIMM_NAMES ? null : `timm has no ${modelName}`),
    measure: ({ variant, ...task }, signal) => {
      const isGap = variant.family !== 'mixer' && variant.classifier === 'gap';
      const options = {
        ...(task.resolution === 224 ? {} : { img_size: task.resolution }),
        ...(isGap ? { global_pool: 'avg', class_token: false, fc_norm: false } : {}),
      };
      return ask([python, 'timm_speed.py'], { ...task, name: TIMM_NAMES[variant.modelName], options }, signal);
    },
  };
}

function vitJaxPeer(python: string, folder: string): Peer {
  return {
    name: 'vit_jax on JAX',
    lacks: () => null,
    measure: ({ variant, ...task }, signal) => {
      const config = modelConfigOf(variant);
      // As Vitrine's steps are measured: what is drawn takes time of its own.
      const model =
        'transformer' in config ? { ...config, transformer: { ...config.transformer, dropout_rate: 0 } } : config;
      return ask([python, 'vit_jax_speed.py'], { ...task, folder, config: model }, signal);
    },
  };
}

async function ask(
  [python, script]: readonly [string, string],
  task: object,
  signal: AbortSignal,
): Promise<PeerFigures> {
  try {
    const { stdout } = await promisify(execFile)(python, [join(SCRIPTS, script), JSON.stringify(task)], {
      signal,
      maxBuffer: 1 << 20,
    });
    return v.parse(figuresSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } catch (error) {
    if (signal.aborted) throw new AppError('interrupted', 'Interrupted.');
    const words = String((error as { stderr?: string }).stderr ?? '')
      .trim()
      .split('\n')
      .at(-1);
    throw new AppError('engine', `${script} failed: ${words || String(error)}`, { cause: error });
  }
}
