import { expect, test } from 'vitest';
import { RUN_STATES } from '../../../src-shared/contract/runs.ts';
import { canAct } from './actions.ts';

test.each(RUN_STATES)('%s: what can be done, and why the rest not', (state) => {
  const can = canAct({ state, resumable: true });
  const able = Object.entries(can).flatMap(([name, why]) => (why === null ? [name] : []));
  const expected = {
    queued: ['stop'],
    preparing: ['stop'],
    running: ['pause', 'evaluate', 'stop'],
    pausing: [],
    paused: ['resume', 'remove'],
    finished: ['resume', 'remove'],
    stopped: ['resume', 'remove'],
    failed: ['resume', 'remove'],
    interrupted: ['resume', 'remove'],
  }[state];
  expect(able.sort()).toEqual([...expected].sort());
  expect(canAct({ state, resumable: false }).resume).not.toBeNull();
});
