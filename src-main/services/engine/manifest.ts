import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import * as v from 'valibot';

export const MANIFEST_FILE = 'engine.json';
export const BINDING_FILE = 'tfjs_binding.node';

/** Written last when an engine is installed: a folder without it, or that disagrees with it, is not an engine. */
const ManifestSchema = v.object({
  format: v.literal(1),
  id: v.string(),
  device: v.picklist(['cpu', 'gpu']),
  /** Of the library, as it said itself when it was verified. */
  version: v.string(),
  /** `process.platform`-`process.arch`. */
  platform: v.string(),
  installedAt: v.string(),
  wheels: v.array(v.string()),
  /** Relative to the folder. Hashes are kept for small files only: hashing a gigabyte at every start would show. */
  files: v.array(v.object({ path: v.string(), bytes: v.number(), sha256: v.optional(v.string()) })),
});

export type EngineManifest = v.InferOutput<typeof ManifestSchema>;

export const PLATFORM = `${process.platform}-${process.arch}`;

/** The manifest of an engine that is whole, or what is wrong with the folder as a clause ("engine.json is missing"). */
export async function checkEngine(dir: string): Promise<{ manifest: EngineManifest } | { problem: string }> {
  let text: string;
  try {
    text = await readFile(join(dir, MANIFEST_FILE), 'utf8');
  } catch {
    return { problem: `${MANIFEST_FILE} is missing: the installation was not finished` };
  }
  let manifest: EngineManifest;
  try {
    manifest = v.parse(ManifestSchema, JSON.parse(text));
  } catch {
    return { problem: `${MANIFEST_FILE} is damaged or of another version of Vitrine` };
  }
  if (manifest.platform !== PLATFORM) return { problem: `it is for ${manifest.platform}, this is ${PLATFORM}` };
  if (!manifest.files.some((file) => file.path === BINDING_FILE)) return { problem: `${BINDING_FILE} is not listed` };
  for (const { path, bytes } of manifest.files) {
    if (!isInside(path)) return { problem: `${MANIFEST_FILE} names a file outside the folder` };
    const size = await sizeOf(join(dir, path));
    if (size === undefined) return { problem: `${path} is missing` };
    if (size !== bytes) return { problem: `${path} has ${size} bytes, ${bytes} were installed` };
  }
  return { manifest };
}

/** Whether a relative path stays below the folder it is relative to. */
export function isInside(path: string): boolean {
  const clean = normalize(path);
  return path !== '' && !isAbsolute(clean) && clean !== '..' && !clean.startsWith(`..${sep}`);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
