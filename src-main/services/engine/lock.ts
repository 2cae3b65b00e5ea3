import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';
import { isRunning } from '../../workers/process-liveness.ts';

/**
 * Makes sure that one process at a time installs into `folder`. A lock left by a process that no longer runs is
 * taken over. Returns the release.
 * @throws AppError `conflict` while another process installs.
 */
export async function lockInstallation(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, '.install.lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(await readFile(file, 'utf8').catch(() => ''));
      if (isRunning(pid)) {
        throw new AppError('conflict', `Process ${pid} is installing an engine into ${folder}.`, {
          hint: `Wait for it. If it is not an installation, remove ${file}.`,
        });
      }
      await rm(file, { force: true });
    }
  }
  throw new AppError('conflict', `Another process is installing an engine into ${folder}.`, { hint: 'Wait for it.' });
}
