/** How a file names the modules inside an encoder block. */
export type Naming = 'published' | 'linen';

/**
 * Names that flax numbers by itself, by class: `LayerNorm_2`, `Dense_0`. Explicit names (`encoderblock_3`,
 * `MixerBlock_3`) keep their numbers, so that a block that is missing is noticed and not closed over.
 */
const AUTO_NUMBERED = /^(?!MixerBlock_)([A-Z][A-Za-z0-9]*)_(\d+)$/;

/**
 * The name in vit_jax after loading ("linen") of each tensor of a file. Published AugReg files count the modules of a
 * block together (LayerNorm_0, MultiHeadDotProductAttention_1, LayerNorm_2, MlpBlock_3); linen counts each class for
 * itself (LayerNorm_0, LayerNorm_1, MultiHeadDotProductAttention_0, MlpBlock_0). Numbers close up in order within each
 * parent, so names that are linen's already stay.
 * Source: vit_jax/checkpoint.py (load), flax/training/checkpoints.py (convert_pre_linen).
 */
export function linenNames(names: Iterable<string>): Map<string, string> {
  const inFile = namesOfParams([...names]);
  const paths = [...inFile.values()].map((name) => name.split('/'));
  const numbers = new Map<string, Set<number>>(); // by parent and class, as they stand in the file
  for (const path of paths) {
    path.forEach((part, depth) => {
      const match = AUTO_NUMBERED.exec(part);
      if (!match) return;
      const key = classKey(path, depth, match[1]!);
      numbers.set(key, (numbers.get(key) ?? new Set()).add(Number(match[2])));
    });
  }
  const ranks = new Map<string, Map<number, number>>();
  for (const [key, set] of numbers) {
    ranks.set(key, new Map([...set].sort((a, b) => a - b).map((number, rank) => [number, rank])));
  }
  const renamed = new Map<string, string>();
  for (const [name, short] of inFile) {
    const path = short.split('/');
    const parts = path.map((part, depth) => {
      const match = AUTO_NUMBERED.exec(part);
      return match ? `${match[1]}_${ranks.get(classKey(path, depth, match[1]!))!.get(Number(match[2]))}` : part;
    });
    renamed.set(name, parts.join('/'));
  }
  return renamed;
}

/** Where a checkpoint with its optimizer (flax.optim, before linen) has the parameters. */
const OPTIMIZER_TARGET = 'opt/target/';

/** The name in the file of each tensor → the path of its parameter, without the optimizer's around it. */
function namesOfParams(names: readonly string[]): Map<string, string> {
  const all = new Set(names);
  return new Map(
    names.map((name) => {
      const short = name.startsWith(OPTIMIZER_TARGET) ? name.slice(OPTIMIZER_TARGET.length) : name;
      return [name, all.has(short) ? name : short]; // with both, the one outside the optimizer is the model's
    }),
  );
}

function classKey(path: readonly string[], depth: number, className: string): string {
  return `${path.slice(0, depth).join('/')}\0${className}`;
}

const PUBLISHED_MODULES: Readonly<Record<string, string>> = {
  LayerNorm_1: 'LayerNorm_2',
  MultiHeadDotProductAttention_0: 'MultiHeadDotProductAttention_1',
  MlpBlock_0: 'MlpBlock_3',
};

/** The name that AugReg's files use for a tensor of a Vision Transformer; the inverse of `linenNames` for a whole one. */
export function publishedName(linen: string): string {
  return linen.replace(
    /^(Transformer\/encoderblock_\d+\/)([^/]+)/,
    (_, block: string, module: string) => block + (PUBLISHED_MODULES[module] ?? module),
  );
}

/** Parameters of a hybrid's GroupNorms: [C] in the program, [1, 1, 1, C] in published files. */
const GROUP_NORM = /^(block\d+\/unit\d+\/)?gn(\d+|_root|_proj)\/(scale|bias)$/;

/** A tensor's shape in the program, from its shape in a file; the numbers and their order are the same. */
export function linenShape(linen: string, shape: readonly number[]): readonly number[] {
  const published = shape.length === 4 && shape[0] === 1 && shape[1] === 1 && shape[2] === 1;
  return published && GROUP_NORM.test(linen) ? shape.slice(3) : shape;
}

/** The inverse of `linenShape`. */
export function publishedShape(linen: string, shape: readonly number[]): readonly number[] {
  return shape.length === 1 && GROUP_NORM.test(linen) ? [1, 1, 1, ...shape] : shape;
}

export function namingOf(names: Iterable<string>): Naming {
  for (const [name, linen] of linenNames(names)) if (name !== linen) return 'published';
  return 'linen';
}
