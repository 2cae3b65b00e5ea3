import type { Engine } from './runtime.ts';

/**
 * The devices of `count` towers: GPUs where there are as many. Otherwise all share the one device that TensorFlow
 * takes, which is no faster: TensorFlow has one device for all CPUs, and a session can't be told to make more.
 */
export function towerDevices(
  { devices }: Pick<Engine, 'devices'>,
  count: number,
): { names: string[] | undefined; notes: string[] } {
  if (count === 1) return { names: undefined, notes: [] };
  const gpus = devices.filter(({ type }) => type === 'GPU').length;
  if (gpus >= count) return { names: Array.from({ length: count }, (_, i) => `/device:GPU:${i}`), notes: [] };
  const found = gpus === 0 ? 'no GPU' : gpus === 1 ? 'one GPU' : `${gpus} GPUs`;
  return {
    names: undefined,
    notes: [
      `vitrine.devices=${count}, and there is ${found}: the batch is computed in ${count} parts on one device. ` +
        'The numbers are those of several devices, the speed is not.',
    ],
  };
}
