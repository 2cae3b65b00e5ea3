/**
 * Lines that TensorFlow's library writes to standard error whatever log level it is told: while it loads, and while it
 * reads a compiled program back (it tries text before it takes the file for binary, and doesn't know two of its own
 * compiler's preferences). Whoever shows a worker's standard error to people leaves them out.
 */
export function isLoadingNoise(line: string): boolean {
  return line.trim() === '' || NOISE.some((noise) => noise.test(line));
}

const NOISE = [
  /before absl::InitializeLog/,
  /oneDNN custom operations are on/,
  /^I0000 /,
  /^E0000 .*text_format\.cc.*tensorflow\.XlaSerializedCacheEntry/,
  /^E0000 .*cpu_aot_loader\.cc.*Target machine feature \+prefer-no-(?:scatter|gather) is not/,
];
