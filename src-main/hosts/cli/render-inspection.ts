import { basename } from 'node:path';
import type { InspectedTraining, Inspection, InspectedTensor } from '../../../src-shared/checkpoints/inspection.ts';
import { describePreprocessing } from '../../../src-shared/checkpoints/describe-preprocessing.ts';
import type { KeptFingerprint } from '../../../src-shared/fingerprint/fingerprint.ts';
import { assumedPreprocessing } from '../../../src-shared/checkpoints/preprocessing.ts';
import { gridOf, numTokens, patchStride } from '../../../src-shared/models/architecture.ts';
import type { Architecture, Family } from '../../../src-shared/models/architecture.ts';
import { multiplyAdds } from '../../../src-shared/models/multiply-adds.ts';
import { litRows } from './render-lit.ts';

/** A checkpoint for people: what it is, then its tensors as a tree. `all` lists encoder blocks that are alike, too. */
export function renderInspection(inspection: Inspection, options: { all: boolean }): string {
  const { architecture, lit, labels } = inspection;
  const rows: [string, string][] = [
    ['file', inspection.path],
    ['size', `${inspection.bytes.toLocaleString('en')} bytes`],
    ['SHA-256', inspection.sha256],
    ['model', modelName(inspection)],
    ...(architecture ? architectureRows(architecture) : []),
    ...(lit ? litRows(lit) : []),
    ['parameters', inspection.parameters.toLocaleString('en')],
    ['tensors', `${inspection.tensors.length}${namingOf(inspection)}`],
  ];
  if (inspection.training) rows.push(...trainingRows(inspection.training));
  if (architecture)
    rows.push(['labels', labels ? `${labelList(labels)}${inspection.labelsAssumed ? ' (assumed)' : ''}` : 'unknown']);
  rows.push(...imageRows(inspection));
  if (inspection.fingerprint) rows.push(['fingerprint', describeKept(inspection.fingerprint)]);
  if (inspection.missing.length > 0) rows.push(['missing', inspection.missing.join(', ')]);
  if (inspection.unused.length > 0) rows.push(['unused', inspection.unused.join(', ')]);
  for (const { name, nan, infinite } of inspection.nonFinite) {
    rows.push(['NOT FINITE', `${name}: ${nan} NaN, ${infinite} infinite numbers`]);
  }
  for (const note of inspection.notes) rows.push(['note', note]);
  const width = Math.max(...rows.map(([key]) => key.length));
  const lines = rows.map(([key, value]) => `${key.padEnd(width)}  ${printable(value)}`);
  return [...lines, '', ...treeLines(inspection.tensors, options.all)].join('\n');
}

/** A Mixer's names are the same in both namings. */
function namingOf({ architecture, naming }: Inspection): string {
  return architecture?.family === 'mixer' ? '' : `, ${naming} naming`;
}

function modelName({ architecture, lit, variant }: Inspection): string {
  if (!architecture && !lit) return 'unknown';
  const family = architecture ? FAMILIES[architecture.family] : 'image and text model (LiT)';
  return variant === null ? `${family} (of no published variant)` : `${family}, ${variant}`;
}

const FAMILIES: Readonly<Record<Family, string>> = {
  vit: 'Vision Transformer',
  hybrid: 'hybrid of a ResNet and a Vision Transformer',
  mixer: 'MLP-Mixer',
  deit: 'data-efficient image transformer (DeiT)',
};

function architectureRows(a: Architecture): [string, string][] {
  return [
    ['patch', patchOf(a)],
    ['image', `${a.imageSize.join('x')} px (${gridOf(a).join('x')} patches${tokensOf(a)})`],
    ...encoderRows(a),
    [
      'classifier',
      a.representationSize === null ? a.classifier : `${a.classifier}, representation ${a.representationSize}`,
    ],
    ['classes', a.numClasses === null ? 'no head' : String(a.numClasses)],
    ['compute', `${multiplyAdds(a).toLocaleString('en')} multiply-adds for one image`],
  ];
}

/** A hybrid cuts the ResNet's feature map, whose cells stand for several pixels. */
function patchOf(a: Architecture): string {
  const pixels = `${patchStride(a).join('x')} px`;
  return a.family === 'hybrid' ? `${a.patchSize.join('x')} cells of the ResNet's features (${pixels})` : pixels;
}

function tokensOf(a: Architecture): string {
  return a.family === 'mixer' ? '' : `, ${numTokens(a)} tokens`;
}

const DISTILLATION = {
  none: 'none',
  token: 'a token, without a head of its own',
  heads: 'a token with its own head; logits are the average of both heads',
} as const;

function encoderRows(a: Architecture): [string, string][] {
  const size = `depth ${a.depth}, width ${a.width}`;
  if (a.family === 'mixer') return [['mixer', `${size}, token MLP ${a.tokensMlpDim}, channel MLP ${a.channelsMlpDim}`]];
  const encoder: [string, string] = [
    'encoder',
    `${size}, ${a.numHeads} heads of ${a.width / a.numHeads}, MLP ${a.mlpDim}`,
  ];
  if (a.family === 'deit') return [encoder, ['distillation', DISTILLATION[a.distillation]]];
  if (a.family === 'vit') return [encoder];
  const { numLayers, widthFactor } = a.resnet;
  return [
    [
      'resnet',
      `root${numLayers.length > 0 ? ` and stages of ${numLayers.join(', ')} units` : ''}, width factor ${widthFactor}`,
    ],
    encoder,
  ];
}

/** A run that stopped, and whether it can go on. */
function trainingRows({ title, step, optimizer }: InspectedTraining): [string, string][] {
  const rows: [string, string][] = [['written by', step === null ? title : `${title}, after step ${step}`]];
  if (!optimizer) return rows;
  const updates = optimizer.updates === null ? '' : `, ${optimizer.updates} updates made`;
  const what = optimizer.momentum
    ? `SGD's momentum in ${optimizer.momentum.join(' and ')}${updates}; "vitrine train --continue" goes on from here`
    : `of another kind than vit_jax's, ${optimizer.values} values${updates}; its run can't go on here`;
  return [...rows, ['optimizer', what]];
}

/** The largest output of each photograph. */
function describeKept({ fingerprint, from }: KeptFingerprint): string {
  const best = fingerprint.photos.map(({ name, top: [first] }) => `${name} ${first![1]} at ${first![0]}`);
  return `${best.join(', ')} (${basename(from)}; "vitrine fingerprint" compares)`;
}

/** How images become what the model takes; where the file doesn't say, what is assumed. */
function imageRows({ architecture, preprocessing, unprepared }: Inspection): [string, string][] {
  if (unprepared !== undefined) return [['images', `can't be prepared here: ${unprepared}`]];
  const known = preprocessing ?? (architecture && assumedPreprocessing(architecture));
  if (!known) return [];
  const { resize, crop, values, jpeg, exif } = describePreprocessing(known);
  const said = preprocessing ? '' : ' (the file says nothing: taken as such models have it)';
  return [
    ['images', `${resize}${crop === null ? '' : `; ${crop}`}${said}`],
    ['values', values],
    ['decoding', `JPEG by the ${jpeg}, EXIF ${exif}`],
  ];
}

function labelList(labels: readonly string[]): string {
  // Names of ImageNet have commas in them.
  const shown = labels.slice(0, 10).join(labels.some((label) => label.includes(',')) ? '; ' : ', ');
  return labels.length > 10 ? `${shown} and ${labels.length - 10} more` : shown;
}

const MAX_DEPTH = 16;

interface Node {
  tensor?: InspectedTensor;
  children: Map<string, Node>;
}

function treeLines(tensors: readonly InspectedTensor[], all: boolean): string[] {
  const root: Node = { children: new Map() };
  for (const tensor of tensors) {
    let node = root;
    for (const part of pathOf(tensor.name)) {
      const child: Node = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.tensor = tensor;
  }
  return nodeLines(root, '', all);
}

/** A name's parts; what lies deeper than any model goes is kept in one piece. */
function pathOf(name: string): string[] {
  const parts = name.split('/');
  return parts.length <= MAX_DEPTH ? parts : [...parts.slice(0, MAX_DEPTH - 1), parts.slice(MAX_DEPTH - 1).join('/')];
}

function nodeLines(node: Node, indent: string, all: boolean): string[] {
  const lines: string[] = [];
  const children = [...node.children];
  for (let i = 0; i < children.length;) {
    const [name, child] = children[i]!;
    const alike = all ? 1 : countAlike(children, i);
    const last = children[i + alike - 1]![0];
    const label = alike > 1 ? `${name} to ${last} (${alike} alike)` : name;
    const tensor = child.tensor ? `  [${child.tensor.shape.join(', ')}] ${child.tensor.dtype}` : '';
    lines.push(`${indent}${printable(label)}${printable(tensor)}`, ...nodeLines(child, `${indent}  `, all));
    i += alike;
  }
  return lines;
}

/** How many siblings numbered on from `start` (`encoderblock_0`, `encoderblock_1`, …; `unit2`, `unit3`, …) hold the same tensors. */
function countAlike(children: readonly [string, Node][], start: number): number {
  const [firstName, first] = children[start]!;
  const match = /^(.*\D)(\d+)$/.exec(firstName);
  if (!match || first.children.size === 0) return 1;
  const content = nodeLines(first, '', true).join('\n');
  let count = 1;
  while (start + count < children.length) {
    const [name, node] = children[start + count]!;
    if (name !== `${match[1]}${Number(match[2]) + count}` || nodeLines(node, '', true).join('\n') !== content) break;
    count++;
  }
  return count;
}

/** Text out of an untrusted file without anything that a terminal would act on. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
