import { countedParams, diskNeed } from '../../../src-shared/config/disk-need.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import { targetArchitecture } from '../../../src-shared/config/target-architecture.ts';
import type { Preflight } from '../../../src-shared/contract/preflight.ts';
import type { RunInput } from '../../../src-shared/contract/runs.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { trainedNames } from '../../../src-shared/models/trained-params.ts';
import { freeSpace } from '../library/service.ts';
import { checkCheckpoint, checkPositions, describeClasses, describeNeed } from './preflight-checks.ts';
import type { PreflightOptions } from './preflight-options.ts';
import { preflightReport } from './preflight-report.ts';
import { tryStep } from './preflight-step.ts';
import { askedFor, refuseOther } from './request.ts';
import type { Asked, PreparedImages } from './request.ts';

/**
 * Does everything that a run does before its first step, and one step, without beginning the run: what would stop it
 * hours later is said now. What depends on something that failed is not looked at.
 * @throws AppError interrupted; anything else is a failed check
 */
export async function preflight(input: RunInput, options: PreflightOptions, signal: AbortSignal): Promise<Preflight> {
  const report = preflightReport(signal);
  const asked = await report.attempt('configuration', () => {
    const found = askedFor(input, { paths: options.paths, owner: 'host' });
    refuseOther(found);
    const { total_steps, batch } = found.request.config;
    const text = `${count(total_steps)} updates of ${count(batch)} images.`;
    return { value: found, text, notes: found.notes };
  });
  if (!asked) return report.result;
  const { config, threads } = asked.request;
  await report.attempt('engine', async () => {
    const { note } = await options.environment({ threads, device: null });
    return { value: true, text: note ?? 'TensorFlow is here.', state: note === null ? 'passed' : 'note' };
  });
  const images = await readImages(asked, { report, options, signal });
  const found = await report.attempt('checkpoint', async () =>
    checkCheckpoint(await options.inspect(asked.request.checkpoint, signal), asked.request),
  );
  if (!images || !found) return report.result;
  const classes = images.classNames.length;
  const target = await report.attempt('model', () => {
    const value = targetArchitecture(config, { architecture: found.architecture }, classes);
    return { value, text: 'The configuration is of this checkpoint’s architecture.' };
  });
  if (!target) return report.result;
  report.add({ name: 'classes', state: 'passed', text: describeClasses(images.classNames, found) });
  report.add({ name: 'positions', ...checkPositions(found.architecture, target) });
  await report.attempt('disk', async () => {
    const disk = { neededBytes: diskOf(config, target), freeBytes: await freeSpace(asked.workdir) };
    report.result.disk = disk;
    if (disk.freeBytes < disk.neededBytes)
      throw new AppError('disk_full', `${describeNeed(disk)} on the disk of ${asked.workdir}.`, {
        hint: 'Free some space, or choose a folder for the run on another disk.',
      });
    return { value: disk, text: `${describeNeed(disk)}.` };
  });
  await tryStep({ ...asked.request, architecture: target, classes }, { report, options, signal });
  return report.result;
}

/** Reads and decodes every image that the run would, and looks for images in both splits. */
async function readImages(
  { request }: Asked,
  { report, options, signal }: ReportOptions,
): Promise<PreparedImages | null> {
  const { pp, vitrine } = request.config;
  const read = (overlap: 'refuse' | 'note'): Promise<PreparedImages> =>
    options.prepare(request.dataset, {
      splits: [pp.train, pp.test],
      exif: vitrine.exif,
      skipBad: request.skipBad,
      overlap,
      signal,
      onProgress: () => {},
    });
  let overlapping: AppError | null = null;
  const images = await report.attempt('dataset', async () => {
    const value = await read('refuse').catch((error: unknown) => {
      if (!isOverlap(error)) throw error;
      overlapping = error;
      return read('note');
    });
    const [train, test] = [pp.train, pp.test].map((split) => count(value.selections[split]!.paths.length));
    const text = `${train} images to train on and ${test} to test on, in ${count(value.classNames.length)} classes; each was decoded.`;
    const notes = value.notes.filter((note) => note !== overlapping?.message);
    return { value, text, notes };
  });
  if (overlapping !== null) report.fail('splits', overlapping);
  else if (images) report.add({ name: 'splits', state: 'passed', text: 'No image is both trained and tested on.' });
  return images;
}

interface ReportOptions {
  report: ReturnType<typeof preflightReport>;
  options: PreflightOptions;
  signal: AbortSignal;
}

/** The one failure of reading that isn't about the images themselves (src-shared/data/split-overlap.ts). */
function isOverlap(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'bad_dataset' && 'test' in error.details;
}

function diskOf(config: RunConfig, architecture: Architecture): number {
  return diskNeed(architecture, config, countedParams(architecture, trainedNames(architecture, config.vitrine))).most;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
