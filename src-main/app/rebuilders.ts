import type { RebuildPart } from '../../src-shared/contract/library.ts';
import type { Library } from './library.ts';

/** Reads one kind of thing back from the folders that describe it. */
type Rebuilder = (library: Library, folders: readonly string[]) => Promise<RebuildPart> | RebuildPart;

/** What "vitrine library rebuild" reads back, in this order: one entry a service. */
export const REBUILDERS: readonly Rebuilder[] = [
  ({ runs }, folders) => runs.rebuild(folders),
  async ({ checkpoints }) => {
    const { added, failed } = await checkpoints.rescan();
    const problems = failed.map(({ failure }) => failure.message);
    return { name: 'checkpoints', found: (await checkpoints.list()).length, added: added.length, problems };
  },
  async ({ evaluations }) => ({ name: 'evaluations', ...(await evaluations.rebuild()) }),
];
