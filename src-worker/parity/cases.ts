import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as v from 'valibot';
import { AppError } from '../../src-shared/errors.ts';
import { checked } from './checked.ts';

const fileSchema = v.object({ bytes: v.optional(v.number()), sha256: v.optional(v.string()) });

const caseSchema = v.object({
  id: v.string(),
  kind: v.string(),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
  tolerance: v.optional(v.record(v.string(), v.unknown()), {}),
  files: v.record(v.string(), fileSchema),
});

const manifestSchema = v.object({ cases: v.array(v.object({ id: v.string() })) });

/** One case.json. */
export interface ParityCase extends v.InferOutput<typeof caseSchema> {
  /** Its folder. */
  directory: string;
}

/** Where a case lies; it is read when its turn comes, so that a damaged one fails alone. */
export interface CasePlace {
  id: string;
  directory: string;
}

/**
 * The cases of a folder, in the order of its manifest.json; without one, every folder below it with a case.json.
 * Folders that the manifest doesn't name come after those that it does: no case is left out in silence.
 * @throws AppError not_found, bad_file
 */
export async function findCases(root: string): Promise<CasePlace[]> {
  const folder = resolve(root);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError('not_found', `The folder ${folder} can't be read.`, { cause });
  });
  const found = entries
    .filter((entry) => entry.name === 'case.json' && entry.isFile())
    .map((entry) => ({
      id: entry.parentPath.slice(folder.length + 1).replaceAll('\\', '/'),
      directory: entry.parentPath,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const listed = await listedCases(folder);
  const known = new Set(listed.map((place) => place.directory));
  const places = [...listed, ...found.filter((place) => !known.has(place.directory))];
  if (places.length === 0) {
    throw new AppError('not_found', `The folder ${folder} holds no cases.`, {
      hint: 'A case is a folder with a case.json; bench/goldens/README.md describes the format.',
    });
  }
  // A folder inside a larger one: the cases' own ids tell more than its paths do.
  return listed.length > 0 ? places : Promise.all(places.map(withOwnId));
}

async function listedCases(folder: string): Promise<CasePlace[]> {
  const path = join(folder, 'manifest.json');
  if (!(await stat(path).catch(() => null))) return [];
  const manifest = checked(manifestSchema, await readJson(path), path);
  return manifest.cases.map(({ id }) => {
    if (/(^|[\\/])\.\.([\\/]|$)|^([\\/]|[A-Za-z]:)/.test(id)) {
      throw new AppError('bad_file', `${path}: the case "${id}" lies outside the folder.`);
    }
    return { id, directory: join(folder, id) };
  });
}

async function withOwnId(place: CasePlace): Promise<CasePlace> {
  const id = await readCase(place.directory).then(
    (parityCase) => parityCase.id,
    () => place.id,
  );
  return { ...place, id };
}

/** @throws AppError not_found, bad_file */
export async function readCase(directory: string): Promise<ParityCase> {
  const path = join(directory, 'case.json');
  return { ...checked(caseSchema, await readJson(path), path), directory };
}

/** The path of one of a case's files. */
export function fileOf(parityCase: ParityCase, name: string): string {
  if (!(name in parityCase.files)) throw new AppError('not_found', `The case ${parityCase.id} lists no file ${name}.`);
  return join(parityCase.directory, name);
}

/** A sentence for each file that is missing or isn't the one that case.json describes. */
export async function damagedFiles(parityCase: ParityCase): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, { bytes, sha256 }] of Object.entries(parityCase.files)) {
    const path = join(parityCase.directory, name);
    const info = await stat(path).catch(() => null);
    if (!info?.isFile()) problems.push(`${name} is missing`);
    else if (bytes !== undefined && info.size !== bytes)
      problems.push(`${name} has ${info.size} bytes where case.json says ${bytes}`);
    else if (sha256 !== undefined && (await sha256Of(path)) !== sha256)
      problems.push(`${name} isn't the file that case.json describes (sha256)`);
  }
  return problems;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** @throws AppError not_found, bad_file */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('not_found', `${path} can't be read.`, { cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('bad_file', `${path} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
