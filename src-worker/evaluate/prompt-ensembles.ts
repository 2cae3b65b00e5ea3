/**
 * One embedding a label from those of its prompts: their mean, at length 1 again (CLIP, arXiv:2103.00020, section
 * 3.1.4). [labels × templates, width], prompts of a label side by side, -> [labels, width].
 */
export function ensembles(
  embeddings: Float32Array,
  { width, templates }: { width: number; templates: number },
): Float32Array {
  if (templates === 1) return embeddings;
  const labels = embeddings.length / width / templates;
  const means = new Float32Array(labels * width);
  for (let label = 0; label < labels; label++) {
    const mean = new Float64Array(width);
    for (let k = 0; k < templates; k++) {
      for (let d = 0; d < width; d++) mean[d]! += embeddings[(label * templates + k) * width + d]! / templates;
    }
    const norm = Math.sqrt(mean.reduce((sum, x) => sum + x * x, 0));
    // Prompts that cancel out have no direction; 1e-8 is what the towers add.
    means.set(
      mean.map((x) => x / (norm + 1e-8)),
      label * width,
    );
  }
  return means;
}
