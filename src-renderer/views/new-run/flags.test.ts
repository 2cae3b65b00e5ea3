import { describe, expect, test } from 'vitest';
import { FIELDS } from '../../../src-shared/config/fields.ts';
import { resolveConfig } from '../../../src-shared/config/resolve.ts';
import { leavesOf } from '../../../src-shared/config/run-config.ts';
import { queryOf, readChoices } from './address.ts';
import type { Choices } from './address.ts';
import { configOf } from './config-of.ts';
import { stepsFor, suitableGoal } from './defaults.ts';
import { commandOf, joinFlags, problemsIn, splitFlags, textOf, withFlag, withoutFlag } from './flags.ts';
import { ELSEWHERE, GROUPED } from './groups.ts';
import { combinations, valuesIn } from './sweep.ts';

describe('flags as text and back', () => {
  test.each([
    ['--config.batch=64 --config.base_lr=0.01', ['--config.batch=64', '--config.base_lr=0.01']],
    ['--config.pp.train="train[:90%]"\n batch=8', ['--config.pp.train=train[:90%]', 'batch=8']],
    ['--config.model.patches.size=(16, 16)', ['--config.model.patches.size=(16, 16)']],
    ["'--config.dataset=my photos' \\\n x", ['--config.dataset=my photos', 'x']],
    ['', []],
    ['"half', ['"half']],
  ])('%s', (text, flags) => {
    expect(splitFlags(text)).toEqual(flags);
    expect(splitFlags(joinFlags(flags))).toEqual(flags);
  });

  test('a field is set in its place, reset, and read where it was set last', () => {
    const flags = ['--config.batch=64', '--config.base_lr=0.1', 'config.batch=32', '--config.vitrine.flip'];
    expect(textOf(flags, 'batch')).toBe('32');
    expect(textOf(flags, 'vitrine.flip')).toBe('true');
    expect(textOf(['--config.batch_size=7'], 'batch')).toBe('7');
    expect(withFlag(flags, 'batch', '16')).toEqual([
      '--config.base_lr=0.1',
      '--config.batch=16',
      '--config.vitrine.flip',
    ]);
    expect(withFlag(flags, 'seed', '1').at(-1)).toBe('--config.seed=1');
    expect(withoutFlag(flags, 'batch')).toEqual(['--config.base_lr=0.1', '--config.vitrine.flip']);
  });

  test('every wrong flag is told at once, at its field where it has one', () => {
    const known = Object.keys(FIELDS);
    const found = problemsIn(
      ['--config.base_lr=fast', '--config.batch=0', '--config.lr=1', 'nonsense', 'batch=8'],
      known,
    );
    expect(found.map(({ path }) => path)).toEqual(['base_lr', 'batch', null, null]);
    expect(found[0]!.text).toBe('config.base_lr takes a number at least 0, and got "fast".');
    expect(found[2]!.text).toContain('Did you mean config.base_lr?');
  });

  test('a command line for a shell', () => {
    const what = {
      checkpoint: "/a b/it's.npz",
      dataset: '/pets',
      preset: 'small',
      flags: ['--config.batch=8'],
      name: 'My run',
    };
    expect(commandOf(what)).toBe(
      `npx vitrine train --workdir=runs/My-run '--checkpoint=/a b/it'\\''s.npz' --config=small --config.dataset=/pets --config.batch=8`,
    );
  });
});

test('what is chosen and typed survives the address, whatever it is', () => {
  const choices: Choices = {
    ...{
      checkpoint: '/a b/ü&?#.npz',
      catalog: '',
      dataset: '12ab',
      preset: '',
      name: '<b>x</b>',
      skipBad: true,
      branch: '',
    },
    flags: ['--config.batch=', 'what is=this&that', `x=${'y'.repeat(5000)}`],
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(queryOf(choices)))
    for (const one of Array.isArray(value) ? (value as string[]) : [value])
      if (one !== '' && one !== false) search.append(name, String(one));
  expect(readChoices(new URLSearchParams(search.toString()))).toEqual(choices);
  expect(readChoices(new URLSearchParams('dataset=1')).preset).toBeNull();
});

test('a goal that suits: the samples, few images, many', () => {
  const set = (images: number) => ({ images, splits: [{ name: 'train', images, unlabelled: 0 }] });
  expect(suitableGoal(set(1797), { samples: true }).preset).toBe('digits');
  expect(suitableGoal(set(36), { samples: false })).toMatchObject({
    preset: 'small',
    flags: ['--config.total_steps=100'],
  });
  expect(suitableGoal(set(4000), { samples: false })).toMatchObject({ preset: 'small', flags: [] });
  expect(suitableGoal(set(50_000), { samples: false })).toMatchObject({ preset: '', why: null });
  expect([0, 100, 1000, 1500, 4999].map(stepsFor)).toEqual([100, 100, 200, 300, 500]);
});

test('a configuration is what its leaves say, and the form has each field once', () => {
  const { config } = resolveConfig({ config: 'small:Ti_16', overrides: [] });
  expect(configOf(leavesOf(config).map(([path, value]) => ({ path, value })))).toEqual(config);
  for (const path of [...GROUPED, ...ELSEWHERE]) expect(Object.keys(FIELDS)).toContain(path);
});

test('a sweep is every combination', () => {
  expect(valuesIn('0.01, 0.03 0.1,0.01 (1, 2)')).toEqual(['0.01', '0.03', '0.1', '(1, 2)']);
  const fields = [
    { path: 'base_lr', text: '0.1,0.2' },
    { path: 'seed', text: '0 1' },
  ];
  expect(combinations(fields).map((run) => run.join(' '))).toEqual([
    '--config.base_lr=0.1 --config.seed=0',
    '--config.base_lr=0.2 --config.seed=0',
    '--config.base_lr=0.1 --config.seed=1',
    '--config.base_lr=0.2 --config.seed=1',
  ]);
  expect(combinations([{ path: 'seed', text: ' ' }])).toEqual([]);
});
