import { expect, test } from 'vitest';
import { PAPERS } from '../../cite/papers.ts';
import { adaptations, formatAdaptName, formatPretrainName, pretrainings } from '../names.ts';
import { PUBLISHED } from '../published.ts';
import { adaptEvidence, pretrainEvidence } from './augreg-evidence.ts';
import { AUGREG_FIGURES } from './augreg-figures.ts';
import { AUGREG_AT_TIMM } from './augreg-timm.ts';
import { RELEASES } from './registry.ts';
import { COLLECTIONS } from './release.ts';
import { AUGREG_AT_TF_HUB } from './tf-hub.ts';

const names = new Set([
  ...[...pretrainings()].map(formatPretrainName),
  ...[...adaptations()].map((name) => formatAdaptName(name)),
]);

test('every published AugReg name is one of the grammar', () => {
  const shown = [...AUGREG_FIGURES, ...AUGREG_AT_TIMM].map(({ name }) => name);
  expect(shown.filter((name) => !names.has(name))).toEqual([]);
  expect(Object.keys(AUGREG_AT_TF_HUB).filter((name) => !names.has(name))).toEqual([]);
});

test('releases have names of their own, a known origin and a source', () => {
  expect(new Set(RELEASES.map(({ name }) => name)).size).toBe(RELEASES.length);
  const known = new Set(RELEASES.map(({ name }) => name));
  for (const release of RELEASES) {
    expect(known.has(release.pretraining), release.pretraining).toBe(true);
    expect(release.source).not.toBe('');
  }
});

test('every figure is a positive number with protocol and source; shares are below 1', () => {
  const figures = [...RELEASES, ...AUGREG_FIGURES, ...AUGREG_AT_TIMM].flatMap((row) => row.figures);
  expect(figures.length).toBeGreaterThan(200);
  for (const { metric, value, protocol, source } of figures) {
    expect(value).toBeGreaterThan(0);
    if (metric !== 'imagesPerSecond' && metric !== 'sizeMiB') expect(value).toBeLessThan(1);
    expect(protocol).not.toBe('');
    expect(source).not.toBe('');
  }
});

test('the same figure from the same place under the same protocol is there once', () => {
  const keys = [...RELEASES, ...AUGREG_FIGURES, ...AUGREG_AT_TIMM].flatMap(({ name, figures }) =>
    figures.map(({ metric, on, protocol, source }) => [name, metric, on, protocol, source].join('|')),
  );
  expect(new Set(keys).size).toBe(keys.length);
});

test('each collection cites a paper that is there', () => {
  for (const { paper } of Object.values(COLLECTIONS))
    expect(
      PAPERS.some(({ arxiv }) => arxiv === paper),
      paper,
    ).toBe(true);
});

test('evidence: the ten are published, kitti and 30 epochs are inferred, the rest follows from the grid', () => {
  const published = new Set(PUBLISHED.map(({ adaptFilename }) => adaptFilename));
  let seen = 0;
  for (const name of adaptations()) {
    const text = formatAdaptName(name);
    const evidence = adaptEvidence(text, name.ds, pretrainEvidence(name.pretrain, text.split('--')[0]!));
    if (published.has(text)) {
      expect(evidence).toBe('published');
      seen++;
    } else if (name.ds === 'kitti' || name.pretrain.ds === 'i21k_30') expect(evidence).toBe('inferred');
  }
  expect(seen).toBe(10);
  const [first] = pretrainings();
  expect(pretrainEvidence(first!, formatPretrainName(first!))).toBe('grid');
});
