import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf, variantNamed } from '../src-shared/models/variants.ts';
import type { Figure } from './figures.ts';
import { writeRandom, type RandomLayout } from './random-checkpoint.ts';
import type { SectionOptions, SectionResult } from './sections.ts';

/** What a step with a large file took a process; see contestants/export.ts and inspect.ts. */
export interface LargeStep {
  seconds: number;
  /** Most memory of its process, bytes. */
  peak: number;
  /** Largest difference in logits, of an export. */
  difference?: number;
  bytes?: number;
  sha256?: string;
  files: string[];
}

const TARGETS = ['npz', 'timm', 'hf', 'savedmodel', 'onnx'] as const;
const GIB = 2 ** 30;

/**
 * Files that formats' limits could stop: H/14 (2.5 GB) to every target, each run on what was written, and a model of
 * more than 4 GB, where a zip needs Zip64, written and read through. Needs about 6 GB of memory and 12 GB of disk.
 */
export async function largeSection({ env, say }: SectionOptions): Promise<SectionResult> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-large-'));
  const figures: Figure[] = [];
  const run = (what: string, script: string, args: readonly string[]): LargeStep => {
    say(what);
    const step = runStep(script, args, env);
    figures.push(
      { what, value: step.seconds, unit: 's' },
      { what: `${what}: peak memory`, value: step.peak / GIB, unit: 'GiB' },
    );
    step.files.forEach((file) => say(`  ${file}`));
    return step;
  };
  try {
    const H14 = architectureOf(variantNamed('ViT-H_14'), { imageSize: 224, numClasses: 1000 });
    const source = join(folder, 'h14');
    await writeRandom(H14, { layout: 'npz', folder: source });
    for (const to of TARGETS) {
      const output = join(folder, to);
      const { difference } = run(`H/14 to ${to}`, 'export.ts', [source, to, output]);
      figures.push({ what: `H/14 to ${to}: largest difference`, value: difference!, unit: '', atMost: 1e-4 });
      rmSync(output, { recursive: true });
    }
    rmSync(source, { recursive: true });
    for (const layout of ['npz', 'safetensors'] satisfies RandomLayout[]) {
      const deep = join(folder, `deep-${layout}`);
      const sha256 = await writeRandom({ ...H14, depth: 56 }, { layout, folder: deep });
      const step = run(`H/14 with 56 blocks, read through as ${layout}`, 'inspect.ts', [deep]);
      if (sha256 !== null && sha256 !== step.sha256)
        throw new Error(`${layout} reads as other bytes than were written`);
      figures.push({ what: `${layout} of`, value: step.bytes! / GIB, unit: 'GiB', atLeast: 4 });
      rmSync(deep, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { groups: [], figures, versions: { node: process.versions.node } };
}

function runStep(script: string, args: readonly string[], env: NodeJS.ProcessEnv): LargeStep {
  const path = join(import.meta.dirname, 'contestants', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} failed: ${stderr.slice(-4000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as LargeStep;
}
