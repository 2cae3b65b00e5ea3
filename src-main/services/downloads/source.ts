import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { publicAddress } from '../network/service.ts';
import { SOURCE_KINDS } from '../../../src-shared/settings/settings.ts';
import type { SourceKind } from '../../../src-shared/settings/settings.ts';

const sourceSchema = v.object({
  /** https://…, http:// on this machine, or file:///… */
  url: v.string(),
  kind: v.picklist(SOURCE_KINDS),
  /** Below the folder of checkpoints; absent: as the download says. Mirrors may hold another format. */
  file: v.optional(v.string()),
  /** Published, of the whole file. */
  sha256: v.optional(v.string()),
  /** Published, bytes. */
  size: v.optional(v.number()),
  /** Small files that belong beside it (a config.json), fetched before it. */
  companions: v.optional(v.array(v.object({ url: v.string(), file: v.string(), optional: v.optional(v.boolean()) }))),
});

export const sourcesSchema = v.array(sourceSchema);

/** One place that a checkpoint can be had from. */
export type Source = v.InferOutput<typeof sourceSchema>;

/** What a name stands for. */
export interface Resolved {
  /** COLLECTION/FILE below the folder of checkpoints. */
  file: string;
  /** In the order of preference, before the setting `mirrors`. */
  sources: Source[];
}

/** In the order of the kinds; those of a kind that isn't listed come last. Equal ones keep their order. */
export function inOrder(sources: readonly Source[], kinds: readonly SourceKind[]): Source[] {
  const rank = ({ kind }: Source): number => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length);
  return [...sources].sort((a, b) => rank(a) - rank(b));
}

/**
 * What a part of a file belongs to: the published content where there is one, whatever its address; otherwise the
 * address, hashed as it may hold a secret.
 */
export function contentKey(source: Source): string {
  return source.sha256 ?? createHash('sha256').update(source.url).digest('hex');
}

/** A source's address, fit to be shown and kept in a log. */
export function shownAddress(url: string): string {
  const parsed = new URL(url);
  return parsed.protocol === 'file:' ? decodeURIComponent(parsed.pathname) : publicAddress(parsed);
}
