// What a run leaves: metrics, event file, checkpoints, a model that every command takes, and a report.
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishedName } from '../src-shared/checkpoints/names.ts';
import { vitParams } from '../src-shared/models/vit-params.ts';
import { openNpz } from '../src-worker/checkpoints/npz-file.ts';
import { readEvents } from './read-events.ts';
import { COLOURS, listing, makeFolder, TINY, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, vitrine, type Ended, type StartOptions } from './vitrine.ts';

const TOTAL_STEPS = 40;
let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

function train(
  workdir: string,
  overrides: Record<string, string | number> = {},
  options: StartOptions & { from?: string } = {},
) {
  const config = { ...BASE, dataset: at('squares'), ...overrides };
  const flags = configFlags(config);
  const from = options.from ?? at('tiny.npz');
  return vitrine(['train', `--workdir=${workdir}`, `--checkpoint=${from}`, '--threads=1', '--json', ...flags], options);
}

const BASE = {
  total_steps: TOTAL_STEPS,
  warmup_steps: 4,
  batch: 8,
  accum_steps: 1,
  base_lr: 0.01,
  eval_every: 10,
  checkpoint_every: 0,
  progress_every: 1,
};

function succeeded(ended: Ended): Ended {
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
}

const json = (ended: Ended): Record<string, unknown> => JSON.parse(ended.stdout) as Record<string, unknown>;

describe.skipIf(process.env.VITRINE_ENGINE_DIR === undefined)('a fine-tuning on TensorFlow', () => {
  let ended: Ended;
  let model: string;

  beforeAll(async () => {
    folder = await makeFolder();
    await writeSquares(at('squares'), { train: 12, test: 4 });
    await writeTinyCheckpoint(at('tiny.npz'));
    // So short a time that every step is due.
    ended = succeeded(await train(at('run'), { 'vitrine.keep_minutes': 0.000001 }));
    model = at('run/model.npz');
  }, 180_000);

  afterAll(() => folder.remove());

  test('--json gives lines of JSON and nothing else, people nothing', () => {
    expect(ended.stderr).toBe('');
    const lines = jsonLines(ended);
    expect(new Set(lines.map(({ type }) => type))).toEqual(
      new Set(['dataset', 'phase', 'note', 'step', 'metrics', 'checkpoint', 'result']),
    );
    expect(lines.at(-1)).toMatchObject({
      type: 'result',
      state: 'done',
      step: TOTAL_STEPS,
      stepsRun: TOTAL_STEPS,
      model,
    });
  });

  test('checkpoints by the minute replace one another', async () => {
    const steps = jsonLines(ended).flatMap(({ type, step }) => (type === 'checkpoint' ? [step] : []));
    expect(steps).toEqual(Array.from({ length: TOTAL_STEPS }, (_, i) => i + 1));
    expect(await readdir(at('run/checkpoints'))).toEqual(['latest.json', 'step-00000040.npz']);
  });

  test('metrics under vit_jax’s names; the event file says the same', async () => {
    const lines = (await readFile(at('run/metrics.jsonl'), 'utf8')).trim().split('\n');
    const values = lines.flatMap((line) => {
      const { step, ...metrics } = JSON.parse(line) as Record<string, number>;
      return Object.entries(metrics).map(([tag, value]) => ({ step, tag, value: Math.fround(value) }));
    });
    expect(new Set(values.map(({ tag }) => tag))).toEqual(
      new Set([
        'train_loss',
        'grad_norm',
        'img_sec_core_train',
        'accuracy_test',
        'loss_test',
        'lr',
        'img_sec_core_test',
      ]),
    );
    const file = (await readdir(at('run'))).find((name) => name.startsWith('events.out.tfevents.'))!;
    const events = readEvents(await readFile(at(`run/${file}`)));
    expect(events.fileVersion).toBe('brain.Event:2');
    expect(events.restarts).toEqual([1]);
    expect(events.scalars).toEqual(values);
    const evaluated = values.filter(({ tag }) => tag === 'accuracy_test');
    expect(evaluated.map(({ step }) => step)).toEqual([10, 20, 30, 40]);
  });

  test('it learns: the loss falls, every test image is right', async () => {
    const lines = (await readFile(at('run/metrics.jsonl'), 'utf8')).trim().split('\n');
    const metrics = lines.map((line) => JSON.parse(line) as Record<string, number>);
    const losses = metrics.flatMap(({ train_loss: loss }) => (loss === undefined ? [] : [loss]));
    const mean = (part: number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
    expect(losses[0]).toBeCloseTo(Math.log(3), 3); // a new head is zero: every class alike
    expect(mean(losses.slice(-5))).toBeLessThan(0.5 * mean(losses.slice(0, 5)));
    expect(metrics.at(-1)!['accuracy_test']).toBe(1);
  });

  test('model.npz has AugReg’s names in its order; labels and preprocessing stand beside it', async () => {
    const npz = await openNpz(model);
    const names = [...vitParams({ ...TINY, numClasses: 3 }).keys()].map(publishedName).sort();
    expect(npz.entries.map(({ name }) => name)).toEqual(names);
    expect(names).toContain('Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel');
    await npz.close();
    expect(JSON.parse(await readFile(at('run/model.json'), 'utf8'))).toMatchObject({
      labels: ['blue', 'green', 'red'],
      preprocessing: { resolution: [16, 16], resize: 'bilinear', range: '[-1, 1]', exif: 'exif' },
      provenance: {
        steps: TOTAL_STEPS,
        seed: 0,
        evaluation: { dataset: 'squares', split: 'test', images: 12, accuracy: 1 },
      },
      fingerprint: { output: 'logits', size: 3, engine: { kind: 'tensorflow' } },
    });
    const inspection = json(succeeded(await vitrine(['inspect', model, '--json'])));
    expect(inspection).toMatchObject({ architecture: { ...TINY, numClasses: 3 }, labels: ['blue', 'green', 'red'] });
  });

  test('evaluate scores every image exactly once, and gives the same bytes twice', async () => {
    const evaluate = (report: string) =>
      vitrine(['evaluate', model, at('squares'), '--report', at(report), '--threads=1', '--json']);
    const result = json(succeeded(await evaluate('report-1')));
    expect(result).toMatchObject({ scored: 12, files: 12, complete: true, top1: 1 });
    const written = JSON.parse(await readFile(at('report-1/report.json'), 'utf8')) as Record<string, unknown>;
    expect(written['checkpoint']).toMatchObject({ fingerprint: 'same' });
    succeeded(await evaluate('report-2'));
    const [first, second] = [await listing(at('report-1')), await listing(at('report-2'))];
    expect(first.map((line) => line.replace('report-1', 'report-2'))).toEqual(second);
    const csv = (await readFile(at('report-1/predictions.csv'), 'utf8')).trim().split('\n');
    const images = (await readdir(at('squares/test'), { recursive: true })).filter((name) => name.endsWith('.png'));
    const listed = csv.slice(1).map((line) => /^"test\/([^"]+)",/.exec(line)![1]!);
    expect(listed.sort()).toEqual(images.sort());
  }, 120_000);

  test('a model whose fingerprint is another one’s: told, and in the report', async () => {
    for (const file of ['model.npz', 'model.json']) await cp(at(`run/${file}`), at(`other/${file}`));
    const text = await readFile(at('other/model.json'), 'utf8');
    await writeFile(at('other/model.json'), text.replace(/"mean": .*,/, '"mean": 7,'));
    const args = ['evaluate', at('other/model.npz'), at('squares'), '--report', at('report-other'), '--threads=1'];
    const ended = succeeded(await vitrine(args, { env: { VITRINE_ENGINE: 'wasm' } }));
    expect(ended.stderr).toContain('model.npz does not give its fingerprint ("vitrine fingerprint" says more).');
    expect(await readFile(at('report-other/report.html'), 'utf8')).toContain('DIFFERS from the one that was kept');
    const right = await vitrine(['fingerprint', model, '--json'], { env: { VITRINE_ENGINE: 'wasm' } });
    expect(json(succeeded(right))).toMatchObject({ comparison: { same: true }, top1: expect.any(Array) });
    const wrong = await vitrine(['fingerprint', at('other/model.npz')], { env: { VITRINE_ENGINE: 'wasm' } });
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('the mean of "cat" differs by')]);
  }, 60_000);

  test('with --skip-bad a report is INCOMPLETE and says what is missing', async () => {
    await cp(at('squares'), at('holed'), { recursive: true });
    await writeFile(at('holed/test/red/003.png'), '');
    const args = ['evaluate', model, at('holed'), '--report', at('holed-report'), '--threads=1'];
    const refused = await vitrine(args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/test\/red\/003\.png: the file is empty/);
    expect(await listing(at('holed-report'))).toEqual(['(absent)']);
    const skipped = succeeded(await vitrine([...args, '--skip-bad']));
    expect(skipped.stdout).toMatch(/INCOMPLETE: 1 of 12 images were left out\.\nscored 11 of 12, top-1 100\.00 %\n$/);
    expect(await readFile(at('holed-report/report.html'), 'utf8')).toMatch(/<title>INCOMPLETE: /);
  }, 120_000);

  test('predict takes what people have: alpha, grey, one pixel, WebP, GIF, 16 bits', async () => {
    await mkdir(at('odd'));
    const [r, g, b] = COLOURS['red']!;
    const red = sharp({ create: { width: 20, height: 9, channels: 4, background: { r, g, b, alpha: 1 } } });
    const files: Record<string, Promise<unknown>> = {
      'alpha.png': red.clone().png().toFile(at('odd/alpha.png')),
      'pixel.png': red.clone().resize(1, 1).png().toFile(at('odd/pixel.png')),
      'photo.webp': red.clone().webp({ lossless: true }).toFile(at('odd/photo.webp')),
      'one.gif': red.clone().gif().toFile(at('odd/one.gif')),
      'deep.png': red.clone().toColourspace('rgb16').png().toFile(at('odd/deep.png')),
      'palette.png': red.clone().png({ palette: true }).toFile(at('odd/palette.png')),
    };
    await Promise.all(Object.values(files));
    await sharp({ create: { width: 5, height: 5, channels: 3, background: '#808080' } })
      .toColourspace('b-w')
      .png()
      .toFile(at('odd/grey.png'));
    const paths = [...Object.keys(files), 'grey.png'].map((name) => at(`odd/${name}`));
    const ended = succeeded(
      await vitrine(['predict', model, ...paths, paths[0]!, '--top', '9', '--threads=1', '--json']),
    );
    const { images } = json(ended) as {
      images: { image: string; predictions: { class: string; probability: number }[] }[];
    };
    expect(images.map(({ image }) => image)).toEqual([...paths, paths[0]!]);
    for (const { image, predictions } of images) {
      expect(predictions).toHaveLength(3);
      expect(predictions.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
      if (!image.endsWith('grey.png')) expect(predictions[0]!.class, image).toBe('red');
    }
  }, 60_000);

  test('a checkpoint without labels is scored in the order of the folder’s classes', async () => {
    const checkpoint = await writeTinyCheckpoint(at('nameless.npz'), { numClasses: 3 });
    const result = json(succeeded(await vitrine(['evaluate', checkpoint, at('squares'), '--threads=1', '--json'])));
    expect(result).toMatchObject({ scored: 12, files: 12 });
  }, 60_000);

  test('another head, resolution and pre_logits', async () => {
    const from = await writeTinyCheckpoint(at('rep.npz'), { representationSize: 8, numClasses: 7 });
    const short = { total_steps: 2, warmup_steps: 1, 'pp.crop': 32 };
    const dropped = succeeded(await train(at('dropped'), short, { from }));
    const notes = jsonLines(dropped).flatMap(({ type, text }) => (type === 'note' ? [text] : []));
    expect(notes).toContain('Position embeddings resized from 2 x 2 to 4 x 4 patches.');
    expect(notes).toContain("The checkpoint's pre_logits layer is dropped (representation_size is not set).");
    const kept = succeeded(await train(at('kept'), { ...short, 'model.representation_size': 8 }, { from }));
    expect(jsonLines(kept).at(-1)).toMatchObject({ state: 'done' });
    const expected = { ...TINY, imageSize: [32, 32], numClasses: 3 };
    for (const [name, representationSize] of [
      ['dropped', null],
      ['kept', 8],
    ] as const) {
      const inspection = json(succeeded(await vitrine(['inspect', at(`${name}/model.npz`), '--json'])));
      expect(inspection).toMatchObject({ architecture: { ...expected, representationSize } });
    }
  }, 120_000);

  test('a reader that leaves (| head -1) stops the run in order', async () => {
    const args = `train --workdir=${at('piped')} --checkpoint=${at('tiny.npz')} --config.dataset=${at('squares')} --threads=1 --json`;
    const flags = Object.entries({ ...BASE, total_steps: 100_000 })
      .map(([k, v]) => `--config.${k}=${v}`)
      .join(' ');
    const program = [
      'bash',
      '-c',
      `"$0" "$@" ${args} ${flags} | head -3; exit \${PIPESTATUS[0]}`,
      process.execPath,
      BIN,
    ];
    const ended = await vitrine([], { program });
    expect(ended.stdout.trim().split('\n')).toHaveLength(3);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(130);
    expect(await readdir(at('piped'))).not.toContain('lock.json');
  }, 60_000);

  const disk = smallDisk();
  test.skipIf(disk === null)(
    'a full disk: a sentence with the path, and the state before survives',
    async () => {
      const mount = disk!.mount(at('disk'));
      try {
        const options = { total_steps: 1500, checkpoint_every: 5, eval_every: 0, progress_every: 0 };
        let full = false;
        const ended = await train(at('disk/run'), options, {
          onLine: ({ type }) => {
            if (full || type !== 'checkpoint') return;
            full = true;
            fill(at('disk/filler'));
          },
        });
        expect(ended.code, ended.stderr).toBe(1);
        expect(ended.stderr).toMatch(
          /^vitrine: The disk is full: the training state needs [\d.]+ MB in .*disk\/run\/checkpoints, and [\d.]+ MB are free\.\n/,
        );
        expect(jsonLines(ended).at(-1)).toMatchObject({ error: { code: 'disk_full' } });
        const left = await readdir(at('disk/run/checkpoints'));
        expect(left).toHaveLength(2);
        const { step, file } = JSON.parse(await readFile(at('disk/run/checkpoints/latest.json'), 'utf8')) as {
          step: number;
          file: string;
        };
        expect(left).toContain(file);
        rmSync(at('disk/filler'));
        const resumed = succeeded(await train(at('disk/run'), options));
        expect(jsonLines(resumed)).toContainEqual({ type: 'note', text: `Resuming after step ${step}.` });
        expect(jsonLines(resumed).at(-1)).toMatchObject({ state: 'done', stepsRun: 1500 - step });
      } finally {
        mount.unmount();
      }
    },
    120_000,
  );
});

const BIN = join(import.meta.dirname, '../bin/vitrine.js');

/** A file system of three megabytes, where this user may mount one; says so loudly where not. */
function smallDisk(): { mount: (path: string) => { unmount: () => void } } | null {
  const mount = (path: string) => {
    execFileSync('mkdir', ['-p', path]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path], { stdio: 'pipe' });
    return { unmount: () => void execFileSync('umount', ['-l', path]) };
  };
  const trial = `/tmp/vitrine-mount-${process.pid}`;
  try {
    mount(trial).unmount();
    return { mount };
  } catch (error) {
    process.stderr.write(
      `==== SKIPPED: the full disk's test needs to mount a tmpfs (root on Linux): ${String(error).split('\n')[0]} ====\n`,
    );
    return null;
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}

function fill(path: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
