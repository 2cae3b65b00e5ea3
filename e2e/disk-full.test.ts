// A disk that fills while a run trains on it: a small file system of its own, which only root can make.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metricsOf } from './kill-runs.ts';
import { writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, startVitrine, vitrine } from './vitrine.ts';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-disk-'));
const at = (name: string): string => join(folder, name);
const disk = at('disk');

const mounted = ((): boolean => {
  if (process.platform !== 'linux' || !process.env.VITRINE_ENGINE_DIR) return false;
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('==== SKIPPED: a disk that fills. No file system could be mounted (that takes root). ====');
    return false;
  }
})();

afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!mounted)('a disk that fills mid-checkpoint (needs TensorFlow, root)', () => {
  beforeAll(async () => {
    await writeSquares(at('squares'), { train: 12, test: 4 });
    await writeTinyCheckpoint(at('tiny.npz'), { width: 64, mlpDim: 128 }); // about 0.3 MB a state
  });

  const args = (workdir: string): string[] => [
    ...['train', `--workdir=${workdir}`, `--checkpoint=${at('tiny.npz')}`, '--threads=1', '--json'],
    ...configFlags({
      ...{ dataset: at('squares'), total_steps: 60, warmup_steps: 5, batch: 8, accum_steps: 1, base_lr: 0.003 },
      ...{ eval_every: 20, checkpoint_every: 5, progress_every: 1 },
    }),
  ];
  const env = { VITRINE_HOME: at('home') };

  test('the checkpoint before stays, the error has the numbers, and with space again it ends with the same bytes', async () => {
    const workdir = join(disk, 'run');
    const filler = join(disk, 'filler');
    const running = startVitrine(args(workdir), {
      env,
      onLine: ({ type, step }) => {
        // Between two states of step 20 and 25: less is left than one takes.
        if (type !== 'checkpoint' || step !== 20 || existsSync(filler)) return;
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(filler, Buffer.alloc(bavail * bsize - 64 * 1024));
      },
    });
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toMatch(
      /The disk is full: the training state needs 0\.\d\d MB in .*, and 0\.0\d MB are free\./,
    );
    const { step } = JSON.parse(readFileSync(join(workdir, 'checkpoints/latest.json'), 'utf8')) as { step: number };
    expect(step).toBeGreaterThanOrEqual(20);
    expect(step).toBeLessThan(60);
    // Still full: the same again, and nothing lost by it.
    expect((await vitrine(args(workdir), { env })).code).toBe(1);
    rmSync(filler);
    const again = await vitrine(args(workdir), { env });
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(jsonLines(again).at(-1)!['stepsRun']).toBe(60 - step);
    expect(await vitrine(args(at('whole')), { env })).toMatchObject({ code: 0 });
    for (const file of ['model.npz', 'model.json'])
      expect(readFileSync(join(workdir, file)).equals(readFileSync(join(at('whole'), file))), file).toBe(true);
    expect(await metricsOf(workdir)).toEqual(await metricsOf(at('whole')));
  }, 240_000);
});
