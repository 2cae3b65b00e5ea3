import { expect, test } from 'vitest';
import { setXlaFlags } from './xla-flags.ts';

const flag = '--xla_cpu_experimental_ynn_fusion_type=';
const flagsAfter = (version: string, before?: string): string | undefined => {
  const env: NodeJS.ProcessEnv = before === undefined ? {} : { XLA_FLAGS: before };
  setXlaFlags(version, env);
  return env.XLA_FLAGS;
};

test('adds to what is there, once', () => {
  expect(flagsAfter('2.21.0')).toBe(flag);
  expect(flagsAfter('2.21.0', '--xla_dump_to=/tmp/x')).toBe(`--xla_dump_to=/tmp/x ${flag}`);
  expect(flagsAfter('2.21.0', flag)).toBe(flag);
});

test("a person's own choice wins; another TensorFlow is left alone", () => {
  expect(flagsAfter('2.21.0', `${flag}LIBRARY_FUSION_TYPE_DOT`)).toBe(`${flag}LIBRARY_FUSION_TYPE_DOT`);
  expect(flagsAfter('2.22.0')).toBeUndefined();
});
