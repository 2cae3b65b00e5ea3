/**
 * Screenshots of the evaluation report for people to look at: `node bench/report-gallery.ts [OUT] [--only ID,…]`.
 * The predictions are synthetic; the pictures are real where `--digits FOLDER` names a {train,test}/class folder of
 * them, `--photos FOLDER` a folder of photographs. Needs Chromium (CHROMIUM, default /usr/bin/chromium). Writes OUT/<case>/report.html and PNG and PDF of it.
 */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { syntheticEvaluation, type SyntheticEvaluation } from '../src-main/services/reports/synthetic.fixture.ts';
import { writeReport } from '../src-main/services/reports/write-report.ts';

const { values, positionals } = parseArgs({
  options: { digits: { type: 'string' }, photos: { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
});
const out = resolve(positionals[0] ?? 'runs/report-gallery');
const digits = values.digits === undefined ? null : resolve(values.digits);
const photos = values.photos === undefined ? [] : readdirSync(values.photos).sort();
const only = values.only?.split(',');

const PETS =
  'Abyssinian,american_bulldog,american_pit_bull_terrier,basset_hound,beagle,Bengal,Birman,Bombay,boxer,British_Shorthair,chihuahua,Egyptian_Mau,english_cocker_spaniel,english_setter,german_shorthaired,great_pyrenees,havanese,japanese_chin,keeshond,leonberger,Maine_Coon,miniature_pinscher,newfoundland,Persian,pomeranian,pug,Ragdoll,Russian_Blue,saint_bernard,samoyed,scottish_terrier,shiba_inu,Siamese,Sphynx,staffordshire_bull_terrier,wheaten_terrier,yorkshire_terrier'.split(
    ',',
  );
const HOSTILE = [
  '<script>alert(1)</script>',
  '"quoted" & \'single\'',
  'עברית ‏امتحان',
  '👩‍👩‍👧‍👦 family 🦜',
  'x'.repeat(4000),
  '=HYPERLINK("http://a")',
  '\u202egnp.exe',
  'line\nbreak',
];

const CASES: Record<string, () => SyntheticEvaluation> = {
  digits: () => withDigits(syntheticDigits()),
  incomplete: () => {
    const bad = [
      { path: '/nowhere/a.png', name: 'test/3/0042.png', reason: 'the file is empty', code: 'empty' as const },
      { path: '/nowhere/b.png', name: 'test/8/notes.png', reason: 'it is a text file', code: 'not_an_image' as const },
    ];
    const e = withDigits(syntheticDigits());
    const keep = e.predictions.names.length - 24;
    return {
      record: {
        ...e.record,
        dataset: { ...e.record.dataset, bad, files: keep + 24 },
        notes: ['No class names were stored with the checkpoint: those of the folder are used.'],
      },
      predictions: {
        names: e.predictions.names.slice(0, keep),
        labels: e.predictions.labels.slice(0, keep),
        logits: e.predictions.logits.slice(0, keep * 10),
      },
    };
  },
  photos: () =>
    syntheticEvaluation({
      numClasses: Math.max(2, photos.length),
      perClass: 1,
      lift: 0,
      seed: 2,
      root: values.photos,
      className: (c) => photos[c] ?? String(c),
      imageName: (c) => photos[c] ?? String(c),
    }),
  two: () => syntheticEvaluation({ numClasses: 2, perClass: 60, lift: 3, className: (c) => ['cat', 'dog'][c]! }),
  perfect: () =>
    syntheticEvaluation({
      numClasses: 3,
      perClass: 20,
      lift: 60,
      confusion: 0,
      className: (c) => ['ant', 'bee', 'wasp'][c]!,
    }),
  pets: () => syntheticEvaluation({ numClasses: 37, perClass: 100, lift: 9, className: (c) => PETS[c]! }),
  hundred: () => syntheticEvaluation({ numClasses: 100, perClass: 100, lift: 10, className: (c) => `class ${c}` }),
  thousand: () =>
    syntheticEvaluation({
      numClasses: 1000,
      perClass: (c) => (c === 7 ? 0 : 10),
      lift: 12,
      className: (c) => `n${String(1440764 + c * 7919).padStart(8, '0')} synset`,
    }),
  hostile: () =>
    syntheticEvaluation({
      numClasses: 8,
      perClass: (c) => (c === 3 ? 0 : 9),
      lift: 3,
      className: (c) => HOSTILE[c]!,
      imageName: (c, i) => `test/${HOSTILE[c]}/${i}-${HOSTILE[(c + i) % 8]}.png`,
    }),
};

/** As many images of each class as the test split of the digits has. */
function syntheticDigits(): SyntheticEvaluation {
  const perClass = digits === null ? 36 : (c: number) => readdirSync(join(digits, 'test', String(c))).length;
  return syntheticEvaluation({ numClasses: 10, perClass, lift: 9.5, seed: 5 });
}

/** The same predictions, said to be of the digits: file names and pictures are theirs. */
function withDigits(evaluation: SyntheticEvaluation): SyntheticEvaluation {
  if (digits === null) return evaluation;
  const { record, predictions } = evaluation;
  const names = Array.from({ length: 10 }, (_, c) =>
    readdirSync(join(digits, 'test', String(c)))
      .sort()
      .map((file) => `test/${c}/${file}`),
  ).flat();
  return {
    record: {
      ...record,
      checkpoint: { ...record.checkpoint, name: 'digits-vit.npz' },
      dataset: { ...record.dataset, root: digits, name: 'digits' },
    },
    predictions: { ...predictions, names },
  };
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const [id, make] of Object.entries(CASES)) {
  if (only && !only.includes(id)) continue;
  const dir = join(out, id);
  mkdirSync(dir, { recursive: true });
  const started = performance.now();
  const written = await writeReport(dir, make());
  const size = (path: string): string => `${(statSync(path).size / 1024).toFixed(0)} KB`;
  process.stdout.write(
    `${id}: html ${size(written.html)}, json ${size(written.json)}, csv ${size(written.csv)}, ${(performance.now() - started).toFixed(0)} ms\n`,
  );
  for (const [width, scheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [1920, 'light'],
    [420, 'light'],
    [420, 'dark'],
  ] as const) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(written.html).href);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    if (overflow !== 0) complaints.push(`the page is ${String(overflow)} px wider than the window`);
    await page.screenshot({ path: join(dir, `${width}-${scheme}.png`), fullPage: true });
    if (width === 1280 && scheme === 'light') await page.pdf({ path: join(dir, 'report.pdf'), format: 'A4' });
    await page.close();
    if (complaints.length > 0) process.stdout.write(`  ${width} ${scheme}: ${complaints.join('; ')}\n`);
  }
}
await browser.close();
