import { expect, test } from 'vitest';
import { compareFingerprints } from './compare.ts';
import { makeFingerprint, parseFingerprint, type Fingerprint } from './fingerprint.ts';
import { PHOTOS } from './photos.ts';
import { shortestFloat } from './shortest-float.ts';
import { summarise } from './summarise.ts';
import { randomStream, STREAM } from '../random.ts';

const CLASSES = 21_843;

function outputsOf(seed: number, size = CLASSES): Float32Array {
  const random = randomStream(seed, STREAM.init);
  return Float32Array.from({ length: size * PHOTOS.length }, () => 8 * (random.float() - 0.5));
}

function fingerprintOf(outputs: Float32Array): Fingerprint {
  return makeFingerprint({
    architecture: 'ViT-Ti_16, token, 224x224',
    preprocessing: { resolution: [224, 224], resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
    output: 'logits',
    outputs,
    engine: { kind: 'wasm', version: '4.22.0' },
  })!;
}

test('every float32 is written with the fewest digits that give it back', () => {
  expect([0.1, 1 / 3, 16_777_216, 1e-40, -0.30000001192092896].map(shortestFloat)).toEqual([
    0.1, 0.33333334, 16_777_216, 1e-40, -0.3,
  ]);
  const random = randomStream(1, STREAM.init);
  for (let i = 0; i < 2000; i++) {
    const bits = Uint32Array.of(random.uint32());
    const [x] = new Float32Array(bits.buffer);
    if (!Number.isFinite(x)) continue;
    const short = shortestFloat(x!);
    expect(Object.is(Math.fround(short), x)).toBe(true);
  }
});

test('what is kept of outputs', () => {
  const { first, top, mean, std, norm, projections } = summarise(Float32Array.of(3, -1, 3, 4, -5));
  expect({ first, top }).toEqual({
    first: [3, -1, 3, 4, -5],
    top: [
      [3, 4],
      [0, 3],
      [2, 3],
      [1, -1],
      [4, -5],
    ],
  });
  expect([mean, norm]).toEqual([0.8, shortestFloat(Math.sqrt(60))]);
  expect(std).toBeCloseTo(Math.sqrt(60 / 5 - 0.64), 6);
  // Each is ±3 ±1 ±3 ±4 ±5 over the root of 5, and they are not all the same.
  for (const p of projections) expect(Math.abs(Math.round(p * Math.sqrt(5)) % 2)).toBe(0);
  expect(new Set(projections).size).toBeGreaterThan(1);
});

test('it survives its file, and is small whatever the number of classes', () => {
  const made = fingerprintOf(outputsOf(1));
  const text = JSON.stringify(made, null, 2);
  expect(text.length).toBeLessThan(4000);
  expect(parseFingerprint(JSON.parse(text), 'fingerprint.json')).toEqual(made);
  expect(() => parseFingerprint({ ...made, size: -1 }, 'a/fingerprint.json')).toThrow(
    /^a\/fingerprint\.json holds no fingerprint that can be read \(size: /,
  );
  expect(() => parseFingerprint(null, 'f')).toThrow(/f holds no fingerprint/);
  expect(makeFingerprint({ ...madeFrom, outputs: Float32Array.of(1, NaN, 2) })).toBeNull();
});

const madeFrom = {
  architecture: '',
  preprocessing: { resolution: [8, 8], resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
  output: 'logits',
  engine: { kind: 'wasm', version: '' },
} as const;

test('rounding is the same model; near equals may change places', () => {
  const outputs = outputsOf(2);
  const kept = fingerprintOf(outputs);
  const rounded = fingerprintOf(outputs.map((x, i) => x * (1 + (i % 2 ? 2e-7 : -2e-7)) + 1e-6));
  expect(compareFingerprints(rounded, kept)).toMatchObject({ same: true, reason: null });
  const [a, b] = kept.photos[0]!.top;
  const swapped = outputs.slice();
  [swapped[a![0]], swapped[b![0]]] = [b![1] + 1e-5, b![1]];
  const close = outputs.slice();
  [close[a![0]], close[b![0]]] = [b![1], b![1] + 1e-5];
  expect(compareFingerprints(fingerprintOf(swapped), fingerprintOf(close)).same).toBe(true);
});

test.each<[string, (outputs: Float32Array) => void]>([
  ['one logit of 21,843', (outputs) => (outputs[12_345]! += 0.1)],
  ['two classes changed', (outputs) => ([outputs[9000], outputs[9001]] = [outputs[9001]!, outputs[9000]!])],
  ['classes one further', (outputs) => outputs.copyWithin(1, 0, CLASSES - 1)],
  ['a scale', (outputs) => outputs.forEach((x, i) => (outputs[i] = x * 1.001))],
])('%s is another model', (_, change) => {
  const outputs = outputsOf(3);
  const kept = fingerprintOf(outputs);
  change(outputs);
  const { same, difference, reason } = compareFingerprints(fingerprintOf(outputs), kept);
  expect([same, reason]).toEqual([
    false,
    expect.stringMatching(/^(a|an|one of the|the) .* of "(cat|rocket)" differs by /),
  ]);
  expect(difference).toBeGreaterThan(1e-4);
});

test('what can not be compared differs', () => {
  const kept = fingerprintOf(outputsOf(4));
  const smaller = fingerprintOf(outputsOf(4, 1000));
  expect(compareFingerprints(smaller, kept)).toMatchObject({
    same: false,
    reason: 'one has 1000 outputs (logits), the other 21843 (logits)',
  });
  const photos = kept.photos.map((photo) => ({ ...photo, sha256: 'a'.repeat(64) }));
  expect(compareFingerprints({ ...kept, photos }, kept).reason).toContain('other photographs');
  const shorter = kept.photos.map((photo) => ({ ...photo, first: photo.first.slice(1) }));
  expect(compareFingerprints({ ...kept, photos: shorter }, kept).same).toBe(false);
});
