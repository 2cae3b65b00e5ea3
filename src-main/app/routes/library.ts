import type { CacheName, RebuildPart } from '../../../src-shared/contract/library.ts';
import { cleanCaches, measureStorage } from '../../services/library/storage.ts';
import { main } from '../base.ts';
import { REBUILDERS } from '../rebuilders.ts';
import { refuseWhileComputing } from '../refuse-while-computing.ts';

const never = new AbortController().signal;
/** Caches that a training or an evaluation reads its images from. */
const READ_FROM: ReadonlySet<CacheName> = new Set(['images', 'imports', 'unpacked', 'records', 'packs', 'compiled']);

export const library = main.library.router({
  storage: main.library.storage.handler(({ context, signal }) =>
    measureStorage(context.library.paths, signal ?? never),
  ),
  clean: main.library.clean.handler(({ input: { caches }, context }) => {
    if (caches.some((name) => READ_FROM.has(name)))
      refuseWhileComputing(context.library, "what it may read from can't be deleted");
    return cleanCaches(context.library.paths, caches);
  }),
  rebuild: main.library.rebuild.handler(async ({ input, context }) => {
    const parts: RebuildPart[] = [];
    for (const rebuild of REBUILDERS) parts.push(await rebuild(context.library, input.folders));
    return parts;
  }),
});
