import type { RebuildPart } from '../../../src-shared/contract/library.ts';
import { main } from '../base.ts';
import { REBUILDERS } from '../rebuilders.ts';

export const library = main.library.router({
  rebuild: main.library.rebuild.handler(async ({ input, context }) => {
    const parts: RebuildPart[] = [];
    for (const rebuild of REBUILDERS) parts.push(await rebuild(context.library, input.folders));
    return parts;
  }),
});
