import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeWhole } from './write-file.ts';

/** What identifies a file's content without reading it. */
export interface FileStat {
  path: string;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  mtime: number;
}

interface Shard {
  tool: string;
  entries: Map<string, { size: number; mtime: number; value: unknown }>;
  changed: boolean;
}

/**
 * What was found out about files, kept between runs: valid while a file's path, size and modification time stay. One
 * JSON file a folder of images. Nothing here is needed: a cache that is damaged, or of another `tool`, is made anew.
 */
export class StatCache<T> {
  readonly #folder: string;
  readonly #tool: string;
  readonly #shards = new Map<string, Promise<Shard>>();

  /** `tool` names what made the values, with versions: values of another tool are not used. */
  constructor(folder: string, tool: string) {
    this.#folder = folder;
    this.#tool = tool;
  }

  async get(file: FileStat): Promise<T | undefined> {
    const entry = (await this.#shard(dirname(file.path))).entries.get(basename(file.path));
    return entry?.size === file.size && entry.mtime === file.mtime ? (entry.value as T) : undefined;
  }

  async set(file: FileStat, value: T): Promise<void> {
    const shard = await this.#shard(dirname(file.path));
    shard.entries.set(basename(file.path), { size: file.size, mtime: file.mtime, value });
    shard.changed = true;
  }

  /** Writes what changed. */
  async save(): Promise<void> {
    for (const [folder, pending] of this.#shards) {
      const shard = await pending;
      if (!shard.changed) continue;
      const entries = Object.fromEntries(shard.entries);
      await writeWhole(this.#fileOf(folder), JSON.stringify({ tool: shard.tool, folder, entries }));
      shard.changed = false;
    }
  }

  #fileOf(folder: string): string {
    return join(this.#folder, `${createHash('sha256').update(folder).digest('hex').slice(0, 32)}.json`);
  }

  #shard(folder: string): Promise<Shard> {
    let shard = this.#shards.get(folder);
    if (shard === undefined) {
      shard = this.#read(folder);
      this.#shards.set(folder, shard);
    }
    return shard;
  }

  async #read(folder: string): Promise<Shard> {
    const shard: Shard = { tool: this.#tool, entries: new Map(), changed: false };
    try {
      const stored = JSON.parse(await readFile(this.#fileOf(folder), 'utf8')) as {
        tool?: unknown;
        folder?: unknown;
        entries?: unknown;
      };
      if (
        stored.tool === this.#tool &&
        stored.folder === folder &&
        stored.entries !== null &&
        typeof stored.entries === 'object'
      ) {
        for (const [name, entry] of Object.entries(stored.entries))
          shard.entries.set(name, entry as { size: number; mtime: number; value: unknown });
      }
    } catch {
      // Not there, or not JSON: start empty.
    }
    return shard;
  }
}
