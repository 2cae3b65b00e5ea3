import { expect, test } from 'vitest';
import { isInferenceTime, resolveInferenceTime } from './inference-time.ts';
import { resolveConfig } from './resolve.ts';

test('a model, overrides, and what vit_jax’s file spells wrongly', () => {
  expect(['inference_time', 'inference_time:ViT-L_16', '/x/inference_time.py'].every(isInferenceTime)).toBe(true);
  expect([undefined, 'augreg:Ti_16', 'inference_times'].some(isInferenceTime)).toBe(false);
  const resolved = resolveInferenceTime('inference_time:Mixer-B_16', [
    '--config.batch=8',
    '--config.train=inference_time',
    '--config.log_dir=logs',
  ]);
  expect(resolved.preset).toBe('inference_time:Mixer-B_16');
  expect(resolved.config).toMatchObject({ model_name: 'Mixer-B_16', batch: 8, steps: 30, trainer: 'inference_time' });
  expect(resolved.changed.map(({ path }) => path)).toEqual(['log_dir', 'batch']);
  expect(resolved.notes).toHaveLength(2);
});

test.each([
  ['inference_time:ViT-B_17', [], 'There is no model "ViT-B_17".'],
  ['inference_time', ['--config.step=3'], 'inference_time has no field "step".'],
  ['inference_time', ['--config.steps=0'], 'config.steps takes a whole number at least 1'],
  ['inference_time', ['--config.batch'], 'config.batch has no value.'],
  ['inference_time', ['--config.train=train'], 'config.trainer takes one of inference_time'],
])('%s %j is refused', (name, overrides, message) => {
  expect(() => resolveInferenceTime(name, overrides)).toThrow(message);
});

test('it is not trained', () => {
  expect(() => resolveConfig({ config: 'inference_time:ViT-B_16', overrides: [] })).toThrow('trains nothing');
});
