import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../is-running.ts';

/** A library that ends the process where it can't write would be no help: less room than this, and nothing is kept. */
const LEAST_FREE_BYTES = 512 * 2 ** 20;
/** Of the name of a process's folder. */
export const FOLDER_PREFIX = 'vitrine-compiled-';
const SEALED = /^([0-9a-f]{64})-(.+\.pb)$/;

export interface CompiledCacheOptions {
  /** Where compiled programs are kept between processes. */
  root: string;
  /** Bytes that are kept at most, over all identities; what was not used for longest goes first. */
  limitBytes?: number;
}

/**
 * Programs that XLA has compiled, on disk. TensorFlow can write and read them itself, in one folder a process, but
 * believes whatever it finds there and may be killed while it writes. So it is given a folder of this process alone.
 * Before a graph is compiled, what is kept for it is put there, each file only if it has the SHA-256 in its name; what
 * TensorFlow has added afterwards is sealed and kept:
 *
 *     ROOT/IDENTITY/identity.json
 *     ROOT/IDENTITY/GRAPH/SHA256-NAME.pb     IDENTITY and GRAPH are hashes too
 *
 * Nothing here is needed: any failure means that XLA compiles again.
 */
export class CompiledCache {
  /** The folder that TensorFlow reads and writes. */
  readonly folder: string;
  #store: string | undefined;
  readonly #root: string;
  readonly #limitBytes: number;
  /** Names in the folder that were put there, not compiled here. */
  readonly #placed = new Set<string>();

  private constructor(folder: string, { root, limitBytes = 2 * 2 ** 30 }: CompiledCacheOptions) {
    this.folder = folder;
    this.#root = root;
    this.#limitBytes = limitBytes;
  }

  /** To be closed when the process ends. Null where nothing can be kept: no room, or a folder that TensorFlow's flags can't name. */
  static open(options: CompiledCacheOptions): CompiledCache | null {
    try {
      sweep(tmpdir());
      const { bavail, bsize } = statfsSync(tmpdir());
      if (bavail * bsize < LEAST_FREE_BYTES || /\s/.test(tmpdir())) return null;
      return new CompiledCache(mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`)), options);
    } catch {
      return null;
    }
  }

  /**
   * Says for what programs are compiled here: everything beside a graph that decides what XLA makes of it (versions,
   * processor, threads, flags). Until then nothing is kept or read.
   */
  identify(identity: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(identity, null, 2);
    const store = join(this.#root, sha256(text).slice(0, 32));
    try {
      mkdirSync(store, { recursive: true });
      writeFileSync(join(store, 'identity.json'), `${text}\n`);
      this.#store = store;
    } catch {
      // a folder that may not be written
    }
  }

  /** To be called before a graph is compiled. @returns its key, for `keep` */
  offer(graph: Uint8Array): string {
    const key = sha256(graph).slice(0, 32);
    if (this.#store === undefined) return key;
    try {
      const kept = join(this.#store, key);
      for (const file of readdirSync(kept)) {
        const [, seal, name] = SEALED.exec(file) ?? [];
        if (seal === undefined || name === undefined) continue;
        const path = join(kept, file);
        if (sha256(readFileSync(path)) !== seal) {
          rmSync(path, { force: true });
          continue;
        }
        place(path, join(this.folder, name));
        this.#placed.add(name);
      }
      const now = new Date();
      utimesSync(kept, now, now); // the newest use, for `#prune`
    } catch {
      // nothing kept, or nothing to be read
    }
    return key;
  }

  /** Keeps what TensorFlow has compiled since the last call. */
  keep(key: string): void {
    if (this.#store === undefined) return;
    try {
      const compiled = readdirSync(this.folder).filter((name) => name.endsWith('.pb') && !this.#placed.has(name));
      if (compiled.length === 0) return;
      for (const name of compiled) this.#seal(join(this.folder, name), name, join(this.#store, key));
      this.#prune();
    } catch {
      // a full disk: the program is compiled again next time
    }
  }

  /** Removes what is kept for a graph that failed, lest it was the reason. */
  forget(key: string): void {
    if (this.#store !== undefined) rmSync(join(this.#store, key), { recursive: true, force: true });
  }

  /** Removes the folder of this process. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #seal(path: string, name: string, kept: string): void {
    mkdirSync(kept, { recursive: true });
    const unsealed = join(kept, `${process.pid}.new`);
    try {
      copyFileSync(path, unsealed); // most often to another disk
      renameSync(unsealed, join(kept, `${sha256(readFileSync(unsealed))}-${name}`));
    } finally {
      rmSync(unsealed, { force: true });
      rmSync(path, { force: true });
    }
  }

  #prune(): void {
    const graphs = listGraphs(this.#root).sort((a, b) => a.usedAt - b.usedAt);
    let total = graphs.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of graphs) {
      if (total <= this.#limitBytes) return;
      rmSync(path, { recursive: true, force: true });
      total -= bytes;
    }
  }
}

/** The kept programs of each graph. */
function listGraphs(root: string): { path: string; bytes: number; usedAt: number }[] {
  const folders = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name));
  return folders(root)
    .flatMap(folders)
    .map((path) => {
      const sizes = readdirSync(path).map((name) => statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0);
      return { path, bytes: sizes.reduce((sum, size) => sum + size, 0), usedAt: statSync(path).mtimeMs };
    });
}

function place(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    symlinkSync(from, to);
  } catch {
    copyFileSync(from, to); // Windows lets only some make links
  }
}

/** Removes the folders of processes that were killed. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
