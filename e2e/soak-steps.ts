// Many steps of a small model in one process: its memory stays, and so does its number of tensors.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeSampleImages } from '../src-worker/data/sample-images.ts';
import type { StepsReport } from '../src-worker/train/run-steps.ts';

const PROGRAM = join(import.meta.dirname, '../src-worker/train/run-steps.ts');
const WARMUP = 200;
const MOST_BYTES = 100e6;

/** @returns a sentence with the figures @throws Error where memory or tensors grew */
export async function soakSteps(steps: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-steps-'));
  const begin = performance.now();
  try {
    await writeSampleImages({ folder, count: 48, size: [20, 24] });
    const args = ['--expose-gc', PROGRAM, folder, String(WARMUP + steps), String(WARMUP)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 << 20 });
    const report = JSON.parse(stdout) as StepsReport;
    const grown = report.resident - report.residentAfterWarmup;
    const figures =
      `${steps} steps after ${WARMUP}: resident memory ${(report.residentAfterWarmup / 1e6).toFixed(0)} MB and then ` +
      `${(report.resident / 1e6).toFixed(0)} MB, tensors ${report.tensorsAfterWarmup} and then ${report.tensors}; ` +
      `${((performance.now() - begin) / 1000).toFixed(0)} s\n`;
    if (grown > MOST_BYTES || report.tensors !== report.tensorsAfterWarmup) throw new Error(figures);
    if (!report.losses.every(Number.isFinite)) throw new Error('a loss is no number');
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
