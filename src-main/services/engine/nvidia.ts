import { readFile } from 'node:fs/promises';

/**
 * The CUDA packages that a TensorFlow wheel names for its `and-cuda` extra, as pip takes them
 * (`nvidia-cublas-cu12<13.0,>=12.5.3.2`). `metadata` is the wheel's METADATA file.
 */
export async function cudaRequirements(metadata: string): Promise<string[]> {
  return parseCudaRequirements(await readFile(metadata, 'utf8'));
}

export function parseCudaRequirements(metadata: string): string[] {
  const found: string[] = [];
  for (const line of metadata.split(/\r?\n/)) {
    const match = /^Requires-Dist:\s*(nvidia-[a-z0-9-]+)\s*\(?([^;)]*)\)?\s*;.*extra\s*==\s*["']and-cuda["']/.exec(
      line,
    );
    if (match) found.push(`${match[1]}${match[2]!.replaceAll(' ', '')}`);
  }
  return found;
}

/**
 * Where an entry of an nvidia-* wheel goes in the engine's folder: its shared libraries, and of cuda_nvcc what XLA
 * calls while it compiles (ptxas, nvlink, libdevice). Headers and the rest stay behind.
 */
export function selectCuda(entryName: string): string | undefined {
  if (/^nvidia\/[^/]+\/lib\/[^/]+\.so(\.\d+)*$/.test(entryName)) return entryName;
  if (/^nvidia\/cuda_nvcc\/(bin|nvvm)\//.test(entryName)) return entryName;
  return undefined;
}

/** Programs, which a zip file unpacked by us has lost the right to run. */
export function isProgram(path: string): boolean {
  return /^nvidia\/cuda_nvcc\/(bin|nvvm\/bin)\//.test(path);
}
