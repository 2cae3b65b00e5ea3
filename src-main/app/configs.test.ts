import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import { openLibrary } from './library.ts';

test('presets and resolved configurations through the contract', async () => {
  const home = mkdtempSync(join(tmpdir(), 'vitrine-library-'));
  const library = await openLibrary({ host: 'cli', home });
  try {
    const { configs } = inProcess(library);
    const groups = await configs.presets();
    const small = groups.flatMap(({ presets }) => presets).find(({ id }) => id === 'small');
    expect(small).toMatchObject({ combines: true, source: expect.stringContaining('transfer.py') as string });
    expect(small!.fields).toContainEqual({ path: 'base_lr', value: 0.003 });
    const resolved = await configs.resolve({ preset: 'small:Ti_16', overrides: ['--config.batch=32'] });
    expect(resolved.preset).toBe('small:augreg:Ti_16');
    expect(resolved.changed).toEqual([{ path: 'batch', value: 32, preset: 128 }]);
    expect(resolved.config.find(({ path }) => path === 'base_lr')).toMatchObject({ value: 0.003 });
    await expect(configs.resolve({ preset: 'smal:Ti_16' })).rejects.toMatchObject({
      code: 'config',
      message: 'There is no configuration "smal:Ti_16".',
    });
  } finally {
    await library.close();
    rmSync(home, { recursive: true, force: true });
  }
});
