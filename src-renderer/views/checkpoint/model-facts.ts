import { preprocessingSentence } from '../../../src-shared/checkpoints/describe-preprocessing.ts';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import {
  gridOf,
  hasClassToken,
  patchStride,
  prefixTokens,
  type Architecture,
} from '../../../src-shared/models/architecture.ts';
import { formatCount } from '../../ui/format.ts';
import { strings } from './strings.ts';

export interface Fact {
  readonly name: string;
  readonly value: string | null;
  readonly why?: string;
}

/** Tokens before the patches, in their order. */
export function prefixOf(architecture: Architecture): ('class' | 'distillation')[] {
  const all = hasClassToken(architecture.classifier)
    ? (['class', 'distillation'] as const)
    : (['distillation'] as const);
  return all.slice(0, prefixTokens(architecture));
}

/** What a model is, a line each. */
export function factsOfArchitecture(architecture: Architecture): Fact[] {
  const { model } = strings;
  const { imageSize, patchSize, width, depth, numClasses, representationSize, classifier, family } = architecture;
  const times = (pair: readonly number[]): string => pair.map(formatCount).join(' × ');
  const prefix = prefixOf(architecture).map((token) => model.tokenNames[token]);
  const stride = patchStride(architecture);
  return [
    { name: model.input, value: `${times(imageSize)} px` },
    { name: model.patch, value: `${times(family === 'hybrid' ? stride : patchSize)} px` },
    { name: model.grid, value: model.tokens(times(gridOf(architecture)), prefix) },
    ...(architecture.family === 'mixer'
      ? [
          { name: model.mixerWidth, value: `${formatCount(width)}, ${depth}` },
          {
            name: model.mixing,
            value: `${formatCount(architecture.tokensMlpDim)}, ${formatCount(architecture.channelsMlpDim)}`,
          },
        ]
      : [
          { name: model.width, value: `${formatCount(width)}, ${depth}, ${architecture.numHeads}` },
          { name: model.mlp, value: formatCount(architecture.mlpDim) },
        ]),
    { name: model.classifier, value: classifier },
    {
      name: model.head,
      value:
        numClasses === null
          ? model.noHead
          : model.classes(numClasses) + (representationSize === null ? '' : model.preLogits(representationSize)),
    },
  ];
}

export function preprocessingFact(inspection: Inspection | null): Fact[] {
  if (!inspection || inspection.lit) return [];
  const { preprocessing, unprepared } = inspection;
  const value = unprepared ?? (preprocessing ? preprocessingSentence(preprocessing) : strings.model.noPreprocessing);
  return [{ name: strings.model.preprocessing, value }];
}
