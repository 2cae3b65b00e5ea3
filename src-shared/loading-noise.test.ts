import { expect, test } from 'vitest';
import { isLoadingNoise } from './loading-noise.ts';

const AOT =
  'E0000 00:00:1795719956.947511   10147 cpu_aot_loader.cc:220] Loading XLA:CPU AOT result. Target machine feature';

test.each([
  '',
  'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
  'I0000 00:00:1795719949.905022   10129 port.cc:153] oneDNN custom operations are on. You may see',
  'E0000 00:00:1795719956.764606   10147 text_format.cc:378] Error parsing text-format tensorflow.XlaSerializedCacheEntry: 2:1: Expected identifier, got: 6',
  `${AOT} +prefer-no-scatter is not  supported on the host machine.`,
  `${AOT} +prefer-no-gather is not  supported on the host machine.`,
])('noise: %s', (line) => {
  expect(isLoadingNoise(line)).toBe(true);
});

test.each([
  `${AOT} +avx512f is not  supported on the host machine.`,
  'E0000 00:00:1795719956.764606   10147 text_format.cc:378] Error parsing text-format tensorflow.GraphDef',
  'terminate called after throwing an instance of std::bad_alloc',
  'LLVM ERROR: Unable to allocate section memory!',
])('what went wrong: %s', (line) => {
  expect(isLoadingNoise(line)).toBe(false);
});
