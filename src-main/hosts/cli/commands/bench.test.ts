import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));

/** Runs the program as a person does. */
async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [bin, 'bench', ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test("vit_jax's inference_time, with its fields, as JSON, CSV and a chart", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  const [csv, chart] = [join(folder, 'speed.csv'), join(folder, 'speed.html')];
  try {
    const fields = ['batch=3', 'steps=5', 'initial_steps=2', 'image_size=32', 'num_classes=7'].map(
      (field) => `--config.${field}`,
    );
    const preset = '--config=vit_jax/configs/inference_time.py:testing';
    const { code, stdout } = await bench('models', preset, ...fields, '--json', '--csv', csv, '--chart', chart);
    expect(code).toBe(0);
    const { rows, machine } = JSON.parse(stdout) as { rows: Record<string, unknown>[]; machine: { cores: number } };
    expect(rows).toHaveLength(1);
    const measured = { model: 'testing', engine: 'Vitrine', what: 'forward', batch: 3, resolution: 32, numClasses: 7 };
    // `steps`, where vit_jax times `initial_steps`.
    expect(rows[0]).toMatchObject({ ...measured, steps: 5, ofVitrine: null });
    expect(machine.cores).toBeGreaterThan(0);
    expect(readFileSync(csv, 'utf8').split('\r\n')[1]).toMatch(/^testing,Vitrine,forward,3,32,7,/);
    expect(readFileSync(chart, 'utf8')).toContain('</svg>');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  [[], 'bench takes "models"'],
  [['models', '--models=Ti_17'], 'There is no model "Ti_17".'],
  [['models', '--batch=0'], '--batch is "0"'],
  [['models', '--chart=speed.png'], 'must end with .svg or .html'],
  [['models', '--config=augreg:Ti_16'], 'takes --config=inference_time[:MODEL]'],
  [['models', '--config.batch=3'], 'needs --config=inference_time'],
  [['models', '--vit-jax=x'], '--vit-jax needs --python'],
])('bench %j ends with 2 and one sentence', async (args, message) => {
  const { code, stdout, stderr } = await bench(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});
