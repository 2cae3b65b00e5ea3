import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CLASSES = 10;
/** A label and the planes [3, 32, 32]. */
const RECORD_BYTES = 1 + 3 * 32 * 32;

/** Files as CIFAR-10's authors publish them, with noise for pixels: five batches to train on and one to test on. */
export function writeCifar10(folder: string, imagesPerBatch: number): void {
  mkdirSync(folder, { recursive: true });
  const words = new Uint32Array(Math.ceil((imagesPerBatch * RECORD_BYTES) / 4));
  let state = 0x9e3779b9;
  for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch']) {
    // Marsaglia's xorshift with 32 bits.
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
    const records = new Uint8Array(words.buffer, 0, imagesPerBatch * RECORD_BYTES);
    for (let i = 0; i < imagesPerBatch; i++) records[i * RECORD_BYTES] = i % CLASSES;
    writeFileSync(join(folder, `${name}.bin`), records);
  }
  writeFileSync(join(folder, 'batches.meta.txt'), Array.from({ length: CLASSES }, (_, i) => `class ${i}\n`).join(''));
}
