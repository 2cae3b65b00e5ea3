import type { InstallProgress } from '../../../src-shared/contract/engine.ts';

const LABELS = {
  check: 'Installing',
  download: 'Fetching',
  unpack: 'Unpacking',
  compile: 'Compiling',
  verify: 'Verifying',
  done: 'Installed',
} as const satisfies Record<InstallProgress['step'], string>;

/** Shows an installation: one line that is rewritten on a terminal, otherwise one line a step. */
export function installReporter(stream: NodeJS.WriteStream): {
  show: (progress: InstallProgress) => void;
  end: () => void;
} {
  let step = '';
  let started = 0;
  let drawn = 0;
  let open = false;
  const end = () => {
    if (open) stream.write('\n');
    open = false;
  };
  return {
    end,
    show(progress) {
      const now = performance.now();
      const name = `${progress.step} ${progress.message}`;
      const isNew = name !== step;
      if (isNew) {
        end();
        step = name;
        started = now;
      }
      const line = `${LABELS[progress.step]} ${progress.message}`;
      if (!stream.isTTY) {
        if (isNew) stream.write(`${line}\n`);
        return;
      }
      const last = progress.total !== undefined && progress.done === progress.total;
      if (!isNew && !last && now - drawn < 100) return;
      drawn = now;
      stream.write(`\r\x1b[K${line}${amount(progress, (now - started) / 1000)}`);
      open = true;
    },
  };
}

function amount({ done, total }: InstallProgress, seconds: number): string {
  if (!done) return '';
  const of = total === undefined ? '' : ` of ${megabytes(Math.max(total, done))}`;
  const speed = seconds > 0.5 ? `, ${(done / 1e6 / seconds).toFixed(1)} MB/s` : '';
  return `  ${megabytes(done)}${of}${speed}`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
