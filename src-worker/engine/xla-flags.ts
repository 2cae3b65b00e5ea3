/**
 * Sets the flags of XLA that were found to help, for the TensorFlow they were measured with: XLA ends the process at a
 * flag it doesn't know. A flag that is there already wins. XLA reads them when it first compiles, so this may be called
 * once the library is loaded and its version known.
 */
export function setXlaFlags(version: string, env: NodeJS.ProcessEnv = process.env): void {
  if (!version.startsWith('2.21.')) return;
  // YNNPACK's matrix products, this version's default on a CPU, are slower than Eigen's: docs/performance.md.
  const flag = '--xla_cpu_experimental_ynn_fusion_type=';
  if (!env.XLA_FLAGS?.includes(flag)) env.XLA_FLAGS = [env.XLA_FLAGS, flag].filter(Boolean).join(' ');
}
