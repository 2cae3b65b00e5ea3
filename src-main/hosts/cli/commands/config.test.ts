import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));
const run = promisify(execFile);

/** Runs the program as a person does. */
async function vitrine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [bin, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

interface Printed {
  preset: string | null;
  config: { batch: number; pp: { crop: number | null; train: string } };
  changed: { path: string; value: unknown; preset: unknown }[];
  notes: string[];
  hash: string;
}

test('config --json is one document with the configuration and what differs', async () => {
  const { code, stdout } = await vitrine(
    'config',
    'augreg:Ti_16',
    '--config.batch',
    '64',
    '--config.pp.train=train[:90%]',
    '--json',
  );
  expect(code).toBe(0);
  const printed = JSON.parse(stdout) as Printed;
  expect(printed.preset).toBe('augreg:Ti_16');
  expect(printed.config.batch).toBe(64);
  expect(printed.changed).toEqual([
    { path: 'batch', value: 64, preset: 512 },
    { path: 'pp.train', value: 'train[:90%]', preset: 'train' },
  ]);
  expect(printed.notes).toHaveLength(1);
  expect(printed.hash).toMatch(/^[0-9a-f]{16}$/);
});

test('config --flags prints flags that give the same configuration', async () => {
  const args = ['--config=/x/vit_jax/configs/vit.py:b16,cifar10', '--config.dataset=my photos', '--config.pp.crop=224'];
  const printed = await vitrine('config', ...args, '--flags');
  expect(printed.code).toBe(0);
  const flags = printed.stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/='(.*)'$/, '=$1'));
  const [first, second] = await Promise.all([
    vitrine('config', ...args, '--json'),
    vitrine('config', ...flags, '--json'),
  ]);
  expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
});

test('config for people: fields on standard output, notes on standard error', async () => {
  const { stdout, stderr } = await vitrine('config', 'augreg:Ti_16', '--config.batch=64', '--config.prefetch=0');
  expect(stdout).toMatch(/^batch +64 {2}\(preset: 512\) +# Images a training step\.$/m);
  expect(stderr).toContain('Note: config.prefetch has no effect');
  expect((await vitrine('config', '--fields')).stdout).toMatch(/^pp\.crop +None/m);
});

test('config alone lists presets with their reasons; a preset says why and from where', async () => {
  const { stdout } = await vitrine('config');
  expect(stdout).toContain('augreg:MODEL');
  expect(stdout).toMatch(/^ {2}probe +Linear probe$/m);
  expect(stdout).toContain('vitrine.train=probe');
  const { groups } = JSON.parse((await vitrine('config', '--json')).stdout) as {
    groups: { presets: { id: string }[] }[];
  };
  expect(groups.flatMap(({ presets }) => presets.map(({ id }) => id))).toContain('vit:h14,imagenet2012');
  const short = await vitrine('config', 'short500:b16,cifar100', '--config.batch=64');
  expect(short.stdout).toMatch(/^# short500:vit:b16,cifar100, 1 changed$/m);
  expect(short.stdout).toContain('top-1 there with vit:b16,cifar100: 89.17 %');
  expect(short.stdout).toMatch(/^total_steps +500 {2}\(short500\) /m);
  const time = await vitrine('config', 'inference_time:ViT-Ti_16', '--config.batch=8');
  expect(time.stdout).toMatch(/^batch +8 {2}\(preset: 0\)/m);
});

test.each([
  [['augreg:Ti_16', '--config.batchs=64'], 'There is no configuration field "batchs".', 'Did you mean config.batch?'],
  [
    ['augreg:Ti_16', '--config.batch=100'],
    'config.batch=100 is not divisible by config.accum_steps=8.',
    'accum_steps=5',
  ],
  [['augreg:Ti_16', '--config=vit:b16,cifar10'], 'one configuration at a time', ''],
  [['--config'], '--config has no value.', ''],
])('config %j ends with 2 and one sentence', async (args, message, hint) => {
  const { code, stdout, stderr } = await vitrine('config', ...args, '--json');
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain(hint);
  expect((JSON.parse(stdout) as { error: { message: string } }).error.message).toContain(message);
});

test('cite', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const all = await vitrine('cite');
  expect(all.stdout.match(/^@/gm)).toHaveLength(10);
  expect(all.stdout).toContain(`note = {Version ${version}},`);
  expect(readFileSync(new URL('../../../../CITATION.cff', import.meta.url), 'utf8')).toContain(
    `\nversion: ${version}\n`,
  );
  const two = JSON.parse((await vitrine('cite', 'zhai2022lit', '2010.11929', '--json')).stdout) as {
    works: { key: string }[];
  };
  expect(two.works.map((w) => w.key)).toEqual(['zhai2022lit', 'dosovitskiy2020vit']);
  const wrong = await vitrine('cite', 'zhai2022');
  expect([wrong.code, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('Did you mean "zhai2022lit"?');
});
