// `vitrine doctor` on this machine, on one where something is broken, and what it tries of the engine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, vitrine } from './vitrine.ts';

interface Finding {
  name: string;
  state: string;
  detail: string;
  fix: string | null;
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-doctor-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function findings(args: string[], env: NodeJS.ProcessEnv = {}): Promise<[number | null, Map<string, Finding>]> {
  const ended = await vitrine(['doctor', '--json', ...args], { env });
  const [report] = jsonLines(ended) as unknown as [{ findings: Finding[] }];
  return [ended.code, new Map(report.findings.map((finding) => [finding.name, finding]))];
}

describe('doctor', { timeout: 300_000 }, () => {
  test('a library that is a file fails with what to do; the rest is looked at all the same', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const [code, found] = await findings([], { VITRINE_HOME: file, VITRINE_ENGINE: 'wasm' });
    expect(code).toBe(1);
    expect(found.get('Library folder')).toMatchObject({ state: 'failed' });
    expect(found.get('Node')).toMatchObject({ state: 'passed', fix: null });
  });

  test('an engine that does not load fails with what to do', async () => {
    const env = { VITRINE_ENGINE: 'tensorflow', VITRINE_ENGINE_DIR: folder };
    const [code, found] = await findings(['--selftest'], env);
    expect(code).toBe(1);
    expect(found.get('Engine')).toMatchObject({ state: 'failed', fix: expect.any(String) as string });
    expect(found.has('two devices')).toBe(false);
  });

  test.skipIf(!process.env.VITRINE_ENGINE_DIR)('what is claimed of TensorFlow holds here', async () => {
    const [code, found] = await findings(['--selftest']);
    expect([...found.values()].filter(({ state }) => state === 'failed')).toEqual([]);
    expect(code).toBe(0);
    expect([...found.keys()]).toEqual(
      expect.arrayContaining([
        'a recorded step is the step op by op',
        'a step in bfloat16',
        'blocks computed again',
        'two devices',
        'a training goes on to the bit',
      ]),
    );
  });
});
