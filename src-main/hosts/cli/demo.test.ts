import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const home = mkdtempSync(join(tmpdir(), 'vitrine-demo-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `npm run demo`'s program in an empty home, on the engine of the tests; `stopAt` in its log sends SIGINT. */
function demo({ args = [], stopAt }: { args?: string[]; stopAt?: RegExp } = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'demo.ts'), ...args], {
    env: { ...process.env, VITRINE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended: Ended = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const before = ended.err;
    ended.err += text;
    if (stopAt?.test(ended.err) && !stopAt.test(before)) child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ended, code }));
  });
}

describe('the demo', () => {
  it('goes on where it was interrupted, and ends with a good score and a report', async () => {
    const stopped = await demo({ stopAt: /^step \d+\//m });
    expect(stopped.code, stopped.err).toBe(130);
    expect(stopped.err).toMatch(/Stopped after step \d+ of \d+; saved\./);
    expect(stopped.err.trimEnd().split('\n').at(-1)).toBe('Run the demo again to go on.');

    const finished = await demo();
    expect(finished.code, finished.err).toBe(0);
    expect(finished.err).toMatch(/Resuming after step \d+\./);
    const lines = finished.out.trimEnd().split('\n');
    const score = /^scored 360 of 360, top-1 (\d+\.\d\d) %$/.exec(lines.at(-1)!);
    expect(score, finished.out).not.toBeNull();
    expect(Number(score![1])).toBeGreaterThanOrEqual(95);
    const report = join(home, 'demo/report/report.html');
    expect(lines).toContain(`report: ${report}`);
    expect(readFileSync(report, 'utf8')).toContain('<html');
    const rows = readFileSync(join(home, 'demo/report/predictions.csv'), 'utf8').trimEnd().split(/\r?\n/).slice(1);
    expect(rows).toHaveLength(360);
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(360);
  }, 240_000);

  it('begins anew after a finished run, and after images were lost', async () => {
    rmSync(join(home, 'demo/digits'), { recursive: true });
    const { code, err } = await demo({ stopAt: /^step \d+\//m });
    expect(code, err).toBe(130);
    expect(err).toMatch(/Unpacked 1797 digits/);
    expect(err).not.toMatch(/Resuming|Already done/);
  }, 120_000);

  it('refuses what it does not know', async () => {
    expect((await demo({ args: ['--seed', 'x'] })).code).toBe(2);
    expect((await demo({ args: ['digits'] })).code).toBe(2);
  });
});
