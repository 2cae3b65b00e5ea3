import { AppError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type {
  Architecture,
  Classifier,
  HybridArchitecture,
  MixerArchitecture,
  VitArchitecture,
} from './architecture.ts';

/**
 * Every model that vit_jax configures (vit_jax/configs/models.py), by its `model_name`. Widths and depths are those of
 * the papers' tables: ViT table 1 (arXiv:2010.11929), AugReg table 2 (arXiv:2106.10270), MLP-Mixer table 1
 * (arXiv:2105.01601).
 */
interface VariantBase {
  /** vit_jax's `config.model.model_name`, also the file name in the buckets of the ViT and Mixer papers. */
  readonly modelName: string;
  /** X of `get_X_config`, the spelling that `--config=vit.py:X,DATASET` takes. */
  readonly configName: string;
  readonly patchSize: readonly [number, number];
  readonly width: number;
  readonly depth: number;
  /** Height and width of the images that it is published for at first and counted with, px. */
  readonly resolution: number;
  /**
   * With a head of 1,000 classes; and multiply-adds of a forward pass (see multiplyAdds). As counted in timm 1.0.31's
   * models of the same name in its spelling (numel of all parameters; torch.utils.flop_counter, halved); those with mean
   * pooling and the test models, which timm has not, in the models here.
   */
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** arXiv number of the paper that the numbers come from. */
  readonly paper: string;
}

/** What a row says in short: parameters and multiply-adds. */
type Counts = readonly [parameters: number, multiplyAdds: number];

/** px; AugReg, ViT and Mixer are all pre-trained at it. */
const RESOLUTION = 224;

function counted([parameters, multiplyAdds]: Counts): Pick<VariantBase, 'resolution' | 'parameters' | 'multiplyAdds'> {
  return { resolution: RESOLUTION, parameters, multiplyAdds };
}

interface EncoderVariant extends VariantBase {
  readonly mlpDim: number;
  readonly numHeads: number;
  readonly classifier: Classifier;
  readonly representationSize: number | null;
  readonly dropoutRate: number;
  readonly attentionDropoutRate: number;
}

export interface VitVariant extends EncoderVariant {
  readonly family: 'vit';
}

/** A ResNet in front of a ViT; `patchSize` counts cells of the ResNet's output. */
export interface HybridVariant extends EncoderVariant {
  readonly family: 'hybrid';
  readonly resnet: { readonly numLayers: readonly number[]; readonly widthFactor: number };
}

export interface MixerVariant extends VariantBase {
  readonly family: 'mixer';
  readonly tokensMlpDim: number;
  readonly channelsMlpDim: number;
}

export type Variant = VitVariant | HybridVariant | MixerVariant;

const VIT = '2010.11929';
const AUGREG = '2106.10270';
const MIXER = '2105.01601';

const TI = { width: 192, depth: 12, mlpDim: 768, numHeads: 3, dropoutRate: 0, paper: AUGREG };
const S = { width: 384, depth: 12, mlpDim: 1536, numHeads: 6, dropoutRate: 0, paper: AUGREG };
const B = { width: 768, depth: 12, mlpDim: 3072, numHeads: 12, dropoutRate: 0, paper: VIT };
const L = { width: 1024, depth: 24, mlpDim: 4096, numHeads: 16, dropoutRate: 0.1, paper: VIT };
const H = { width: 1280, depth: 32, mlpDim: 5120, numHeads: 16, dropoutRate: 0.1, paper: VIT };
const TESTING = { width: 10, depth: 1, mlpDim: 10, numHeads: 2, dropoutRate: 0.1, paper: VIT };

type Size = Omit<
  EncoderVariant,
  keyof Omit<VariantBase, 'width' | 'depth' | 'paper'> | 'classifier' | 'representationSize' | 'attentionDropoutRate'
>;

function vit(
  modelName: string,
  configName: string,
  row: Size & { patch: number; counts: Counts; classifier?: Classifier },
): VitVariant {
  const { patch, counts, classifier = 'token', ...size } = row;
  return {
    family: 'vit',
    modelName,
    configName,
    patchSize: [patch, patch],
    classifier,
    representationSize: null,
    attentionDropoutRate: 0,
    ...counted(counts),
    ...size,
  };
}

function hybrid(
  modelName: string,
  configName: string,
  row: Size & { patch: number; counts: Counts; blocks: number[] },
): HybridVariant {
  const { blocks, ...size } = row;
  return { ...vit(modelName, configName, size), family: 'hybrid', resnet: { numLayers: blocks, widthFactor: 1 } };
}

function mixer(
  modelName: string,
  configName: string,
  row: Omit<MixerVariant, keyof VariantBase | 'family'> & {
    patch: number;
    width: number;
    depth: number;
    counts: Counts;
  },
): MixerVariant {
  const { patch, counts, ...size } = row;
  const patchSize = [patch, patch] as const;
  return { family: 'mixer', modelName, configName, patchSize, paper: MIXER, ...counted(counts), ...size };
}

export const VARIANTS: readonly Variant[] = [
  vit('ViT-Ti_16', 'ti16', { ...TI, patch: 16, counts: [5_717_416, 1_253_683_200] }),
  vit('ViT-S_32', 's32', { ...S, patch: 32, counts: [22_878_952, 1_142_909_952] }),
  vit('ViT-S_16', 's16', { ...S, patch: 16, counts: [22_050_664, 4_598_882_304] }),
  vit('ViT-B_32', 'b32', { ...B, patch: 32, counts: [88_224_232, 4_409_186_304] }),
  vit('ViT-B_16', 'b16', { ...B, patch: 16, counts: [86_567_656, 17_563_828_224] }),
  vit('ViT-B_8', 'b8', { ...B, patch: 8, paper: AUGREG, counts: [86_576_872, 78_148_337_664] }),
  vit('ViT-L_32', 'l32', { ...L, patch: 32, dropoutRate: 0, counts: [306_535_400, 15_377_539_072] }),
  vit('ViT-L_16', 'l16', { ...L, patch: 16, counts: [304_326_632, 61_554_712_576] }),
  vit('ViT-H_14', 'h14', { ...H, patch: 14, counts: [632_045_800, 167_295_109_120] }),
  vit('ViT-S_16-gap-norep', 's16_gap_norep', {
    ...S,
    patch: 16,
    classifier: 'gap',
    counts: [22_049_896, 4_574_026_752],
  }),
  vit('ViT-S_32-gap-norep', 's32_gap_norep', {
    ...S,
    patch: 32,
    classifier: 'gap',
    counts: [22_878_184, 1_120_763_904],
  }),
  vit('ViT-B_16-gap-norep', 'b16_gap_norep', {
    ...B,
    patch: 16,
    classifier: 'gap',
    counts: [86_566_120, 17_471_649_792],
  }),
  vit('ViT-B_32-gap-norep', 'b32_gap_norep', {
    ...B,
    patch: 32,
    classifier: 'gap',
    counts: [88_222_696, 4_322_426_880],
  }),
  // vit_jax's own test models; no paper has them.
  vit('testing', 'testing', { ...TESTING, patch: 16, counts: [21_390, 2_409_660] }),
  vit('testing-unpooled', 'testing_unpooled', {
    ...TESTING,
    patch: 16,
    classifier: 'unpooled',
    counts: [21_370, 4_351_200],
  }),
  // The stem alone, without residual blocks; patches of 8×8 cells of its output.
  hybrid('R+ViT-Ti_16', 'r_ti16', { ...TI, patch: 8, blocks: [], counts: [6_337_704, 433_681_920] }),
  // Three stages, (3, 4, 9): four would halve to /32 before the patches.
  hybrid('R50+ViT-B_16', 'r50_b16', {
    ...B,
    patch: 1,
    blocks: [3, 4, 9],
    dropoutRate: 0.1,
    counts: [98_659_112, 21_535_358_976],
  }),
  hybrid('R26+ViT-B_32', 'r26_b32', {
    ...B,
    patch: 1,
    blocks: [2, 2, 2, 2],
    paper: AUGREG,
    counts: [101_383_976, 6_710_859_776],
  }),
  hybrid('R26+ViT-S_32', 'r26_s32', { ...S, patch: 1, blocks: [2, 2, 2, 2], counts: [36_431_912, 3_463_851_008] }),
  hybrid('R50+ViT-L_32', 'r50_l32', {
    ...L,
    patch: 1,
    blocks: [3, 4, 6, 3],
    paper: AUGREG,
    counts: [328_994_856, 19_413_295_104],
  }),
  mixer('Mixer-B_16', 'mixer_b16', {
    patch: 16,
    width: 768,
    depth: 12,
    tokensMlpDim: 384,
    channelsMlpDim: 3072,
    counts: [59_880_472, 12_601_767_936],
  }),
  mixer('Mixer-B_32', 'mixer_b32', {
    patch: 32,
    width: 768,
    depth: 12,
    tokensMlpDim: 384,
    channelsMlpDim: 3072,
    counts: [60_293_428, 3_237_722_112],
  }),
  mixer('Mixer-L_16', 'mixer_l16', {
    patch: 16,
    width: 1024,
    depth: 24,
    tokensMlpDim: 512,
    channelsMlpDim: 4096,
    counts: [208_196_168, 44_547_678_208],
  }),
];

/** The variant with this `model_name`. @throws AppError config */
export function variantNamed(modelName: string): Variant {
  const found = VARIANTS.find((v) => v.modelName === modelName);
  if (found) return found;
  const names = VARIANTS.map((v) => v.modelName);
  const guess = nearest(modelName, names);
  throw new AppError('config', `There is no model "${modelName}".`, {
    hint: `${guess ? `Did you mean "${guess}"? ` : ''}Known: ${names.join(', ')}.`,
    details: { modelName, known: names },
  });
}

const NOT_IN_AUGREG = new Set(['ViT-L_32', 'ViT-H_14', 'R50+ViT-B_16', 'testing', 'testing-unpooled']);

/**
 * The first part of a variant's AugReg file names, e.g. `R26_S_32`; null where vit_jax's augreg.py has no such model.
 * (`R26_B_32` has a configuration there but no published file.)
 */
export function augregNameOf(variant: Variant): string | null {
  // A name with "-" can't be selected there: only the part before the first "-" is looked at.
  if (variant.family === 'mixer' || NOT_IN_AUGREG.has(variant.modelName)) return null;
  const name = variant.modelName.replace('ViT-', '').replace('+', '_');
  return name.includes('-') ? null : name;
}

interface ArchitectureOptions {
  imageSize: number | readonly [number, number];
  numClasses: number | null;
}

/** A variant's architecture. `imageSize` in px, one number for square; `numClasses` null ends before the head. */
export function architectureOf(variant: VitVariant, options: ArchitectureOptions): VitArchitecture;
export function architectureOf(variant: HybridVariant, options: ArchitectureOptions): HybridArchitecture;
export function architectureOf(variant: MixerVariant, options: ArchitectureOptions): MixerArchitecture;
export function architectureOf(variant: Variant, options: ArchitectureOptions): Architecture;
export function architectureOf(variant: Variant, { imageSize, numClasses }: ArchitectureOptions): Architecture {
  const { patchSize, width, depth } = variant;
  const common = {
    patchSize,
    imageSize: typeof imageSize === 'number' ? ([imageSize, imageSize] as const) : imageSize,
    width,
    depth,
    numClasses,
  };
  if (variant.family === 'mixer') {
    const { family, tokensMlpDim, channelsMlpDim } = variant;
    return { ...common, family, tokensMlpDim, channelsMlpDim, classifier: 'gap', representationSize: null };
  }
  const { mlpDim, numHeads, classifier, representationSize } = variant;
  const encoder = { ...common, mlpDim, numHeads, classifier, representationSize };
  return variant.family === 'hybrid'
    ? { ...encoder, family: variant.family, resnet: variant.resnet }
    : { ...encoder, family: variant.family };
}

/** The published variant of these sizes, whatever its image size, classes, representation, GELU and epsilon. */
export function variantOf(architecture: Architecture): Variant | null {
  const { imageSize, numClasses } = architecture;
  const wanted = asText({ ...architecture, representationSize: null, gelu: undefined, layerNormEpsilon: undefined });
  return (
    VARIANTS.find(
      (variant) =>
        asText({ ...architectureOf(variant, { imageSize, numClasses }), representationSize: null }) === wanted,
    ) ?? null
  );
}

function asText(fields: object): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return JSON.stringify(known.sort(([a], [b]) => (a < b ? -1 : 1)));
}
