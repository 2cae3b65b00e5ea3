// The forward pass by onnxruntime-node, of the ONNX file that Vitrine exports: onnx-forward.ts THREADS MODEL BATCH forward.
// Task: step.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { exportOnnx } from '../../src-worker/checkpoints/export-onnx.ts';
import { arbitrary } from '../../src-worker/engine/compare-modes.ts';
import { caseFrom, RESOLUTION, stepImages, subjectArchitecture } from '../subject.ts';
import { serve } from './serve.ts';

const [threads, ...rest] = process.argv.slice(2);
const { subject, batch } = caseFrom(rest);
const architecture = subjectArchitecture(subject);
const params = new Map(
  [...paramsOf(architecture)].map(([name, { shape }], i) => [
    name,
    { shape, data: arbitrary(sizeOfShape(shape), i, 0.05) },
  ]),
);
const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-onnx-'));
let session: InferenceSession;
const start = performance.now();
try {
  const { files } = await exportOnnx({ params, architecture }, folder);
  session = await InferenceSession.create(join(folder, files[0]!), { intraOpNumThreads: Number(threads) });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const images = new Tensor('float32', stepImages(batch), [batch, RESOLUTION, RESOLUTION, 3]);
await session.run({ images });
const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
await serve(
  { versions: { 'onnxruntime-node': version }, firstStep: (performance.now() - start) / 1000 },
  {
    step: async (n) => {
      for (let i = 0; i < n; i++) await session.run({ images });
      return n * batch;
    },
  },
);
