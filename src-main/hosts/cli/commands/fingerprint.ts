import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { FingerprintResult } from '../../../../src-shared/contract/worker.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { compareFingerprints, type FingerprintComparison } from '../../../../src-shared/fingerprint/compare.ts';
import type { KeptFingerprint } from '../../../../src-shared/fingerprint/fingerprint.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { keep, readFingerprint, readKept } from '../../../services/fingerprints/service.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { Command, CommandContext } from '../command.ts';
import { engineEnvironment, positiveOption, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'fingerprint',
  summary: 'what a checkpoint gives for three known photographs, and whether it still does',
  usage: 'fingerprint CHECKPOINT [--against FILE]',
  help: `
Runs a checkpoint on three photographs that come with Vitrine and compares a few numbers of what it gives (first and
largest logits, mean, standard deviation, norm, four projections) with those that were kept when it was made: in the
model.json beside an .npz that Vitrine wrote, in the fingerprint.json of an export, or, for other files, by SHA-256 in
Vitrine's home, where the first fingerprint is kept. Weights that were read wrongly, on any engine and from any layout,
show as a difference. Of a LiT model it is the image tower's embedding.

  --against FILE    a fingerprint.json, or a model.json with one, to compare with instead
  --text-heads N    attention heads of a LiT model's BERT tower, where it is no multiple of 64 wide
  --threads N       threads (default: all cores)
  --json            {"fingerprint", "comparison": {"same", "difference", "tolerance", "reason"}, "kept", …}

Exit code 1 when it differs.

Example:
  vitrine fingerprint pets-timm
`,
  options: { against: { type: 'string' }, 'text-heads': { type: 'string' }, threads: { type: 'string' } },
  run,
};

async function run(context: CommandContext): Promise<number> {
  const [checkpoint, ...more] = context.positionals;
  if (checkpoint === undefined || more.length > 0) {
    throw new AppError('usage', 'fingerprint takes one checkpoint.', { hint: `Usage: vitrine ${command.usage}` });
  }
  threadsOption(context);
  const { against: file, 'text-heads': heads } = context.options;
  const textHeads = heads === undefined ? null : positiveOption('text-heads', heads, 1);
  if (!existsSync(checkpoint)) {
    throw new AppError('not_found', `There is no checkpoint ${checkpoint}.`, { hint: 'Check the path.' });
  }
  const against =
    typeof file === 'string' ? { fingerprint: await readFingerprint(file), from: resolve(file), sha256: null } : null;
  const result = await runWorker(
    'fingerprint',
    { checkpoint: resolve(checkpoint), against, textHeads },
    { environment: await engineEnvironment(context), signal: context.signal },
  );
  const outcome = result.kept ? result : await compareWithHome(result);
  tell(context, result, outcome);
  return outcome.comparison && !outcome.comparison.same ? 1 : 0;
}

interface Outcome {
  kept: KeptFingerprint | null;
  comparison: FingerprintComparison | null;
}

/** With the one that Vitrine's home has for these bytes; without any, or with one of other preparation, keeps this. */
async function compareWithHome({ fingerprint, sha256 }: FingerprintResult): Promise<Outcome> {
  const home = homeFolder();
  const kept = await readKept(home, sha256);
  const sameImages =
    kept && JSON.stringify(kept.fingerprint.preprocessing) === JSON.stringify(fingerprint.preprocessing);
  if (sameImages) return { kept, comparison: compareFingerprints(fingerprint, kept.fingerprint) };
  return { kept: { fingerprint, from: await keep(home, sha256, fingerprint), sha256 }, comparison: null };
}

function tell(context: CommandContext, result: FingerprintResult, { kept, comparison }: Outcome): void {
  const { fingerprint, sha256, top1, engine } = result;
  if (context.json) {
    context.emit({
      fingerprint,
      sha256,
      top1,
      // JSON has no Infinity: null where the two can't be compared number by number.
      comparison: comparison && { ...comparison, difference: finite(comparison.difference) },
      kept,
      engine: { kind: engine.kind, version: engine.version },
    });
    return;
  }
  const { photos, architecture, output, size } = fingerprint;
  context.print(`${architecture}: ${size.toLocaleString('en')} ${size === 1 ? 'output' : 'outputs'} (${output})`);
  photos.forEach(({ name, top, mean, std, norm }, i) => {
    const best = top[0]!;
    const label = top1[i] ? ` ${printable(top1[i])}` : '';
    context.print(
      `  ${name.padEnd(6)}  largest ${best[1]} at ${best[0]}${label}; mean ${mean}, std ${std}, norm ${norm}`,
    );
  });
  if (!comparison) {
    context.print(`There was none to compare with; this one is kept in ${kept!.from}.`);
    return;
  }
  const made = `${basename(kept!.from)} (${kept!.fingerprint.engine.kind} ${kept!.fingerprint.engine.version})`;
  const { same, difference, tolerance, reason } = comparison;
  if (same)
    context.print(`The same as in ${made}: largest difference ${difference.toPrecision(2)}, tolerance ${tolerance}.`);
  else
    context.print(
      `DIFFERS from ${made}: ${reason}. These are not the weights it was made of, or they were read wrongly.`,
    );
}

function finite(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}

/** Names come from files: nothing that a terminal would act on. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
