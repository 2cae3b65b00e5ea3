import type { CheckpointView } from './checkpoint.svelte.ts';
import { strings } from './strings.ts';

export type ActionName = 'train' | 'evaluate' | 'playground' | 'download' | 'import' | 'export' | 'remove' | 'star';
export type Can = Readonly<Record<ActionName, string | null>>;

/** Downloads that go on or wait. */
const UNDER_WAY: ReadonlySet<string> = new Set(['queued', 'running', 'paused', 'verifying']);

type State = Pick<CheckpointView, 'file' | 'detail' | 'download' | 'isLit'>;

/** What can be done with a checkpoint as it stands: null where it can, else why not. */
export function canDo({ file, detail, download, isLit }: State): Can {
  const { cannot } = strings;
  const work = !file
    ? cannot.notHere
    : file.state === 'missing'
      ? cannot.missing
      : isLit
        ? cannot.lit
        : file.problem
          ? cannot.problem
          : null;
  // A run takes a name of AugReg's as well as a file.
  const named = detail !== null && detail.collection.name === 'augreg' && !isLit;
  const readable = detail?.mirrors.some((mirror) => mirror.readable) ?? false;
  return {
    train: !file && named ? null : work,
    evaluate: work === cannot.lit ? cannot.litCommand : work,
    playground: work === cannot.lit ? cannot.litCommand : work,
    download: !readable ? cannot.download : download && UNDER_WAY.has(download.state) ? cannot.downloading : null,
    import: null,
    export: work,
    remove: file ? null : cannot.notHere,
    star: detail ? null : cannot.unnamed,
  };
}
