import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Not among the packages: 114 of them for two figures. */
const LIGHTHOUSE = 'lighthouse@13.5.0';

export interface Scores {
  accessibility: number;
  bestPractices: number;
  /** Audits that lost points. */
  lost: string[];
}

/** Lighthouse's scores of a page, 0 to 100; null where it can't be had. */
export async function lighthouseScores(address: string, chromium: string): Promise<Scores | null> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-lighthouse-'));
  const out = join(folder, 'report.json');
  const args = [
    '--yes',
    LIGHTHOUSE,
    address,
    '--only-categories=accessibility,best-practices',
    '--preset=desktop',
    '--output=json',
    `--output-path=${out}`,
    '--quiet',
    '--chrome-flags=--headless=new --no-sandbox',
  ];
  try {
    await promisify(execFile)('npx', args, { env: { ...process.env, CHROME_PATH: chromium }, cwd: folder });
    const report = JSON.parse(await readFile(out, 'utf8')) as Report;
    const lost = Object.values(report.audits).flatMap(({ id, score }) => (score !== null && score < 1 ? [id] : []));
    const { accessibility, 'best-practices': bestPractices } = report.categories;
    return { accessibility: 100 * accessibility.score, bestPractices: 100 * bestPractices.score, lost };
  } catch (error) {
    process.stderr.write(`… lighthouse gave no scores: ${(error as Error).message.slice(0, 400)}\n`);
    return null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Report {
  audits: Record<string, { id: string; score: number | null }>;
  categories: Record<'accessibility' | 'best-practices', { score: number }>;
}
