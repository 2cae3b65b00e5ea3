import { describe, expect, test } from 'vitest';
import { deriveState, isResumable } from './state.ts';
import type { RunEnd, RunFacts } from './state.ts';

const idle: RunFacts = {
  wish: 'run',
  queued: false,
  preparing: false,
  alive: false,
  done: false,
  startedAt: null,
  end: null,
  refusal: null,
};
const error = { code: 'engine', message: 'it died', hint: null };
const end = (state: RunEnd['state'], more: Partial<RunEnd> = {}): RunEnd => ({
  at: 200,
  state,
  reason: null,
  cause: null,
  error: null,
  ...more,
});
const died = (at: number): RunFacts['refusal'] => ({ at, cause: 'killed', error });

const ROWS: readonly (readonly [what: string, facts: Partial<RunFacts>, state: string, resumable: boolean])[] = [
  ['waits in the queue', { queued: true }, 'queued', false],
  ['waits to go on after a pause', { queued: true, startedAt: 100, end: end('paused') }, 'queued', false],
  ['its data set is read', { preparing: true, queued: true }, 'preparing', false],
  ['its process has the lock', { alive: true, startedAt: 100 }, 'running', false],
  ['its process has the lock, before its first entry', { alive: true, preparing: true }, 'running', false],
  ['asked to pause', { alive: true, wish: 'pause', startedAt: 100 }, 'pausing', false],
  ['asked to stop', { alive: true, wish: 'stop', startedAt: 100 }, 'pausing', false],
  ['paused', { wish: 'pause', startedAt: 100, end: end('paused') }, 'paused', true],
  ['ended by its owner', { startedAt: 100, end: end('paused', { reason: 'owner' }) }, 'paused', true],
  ['finished', { startedAt: 100, end: end('finished'), done: true }, 'finished', false],
  ['killed between the model and the last word', { startedAt: 100, done: true }, 'finished', false],
  ['stopped, kept', { wish: 'stop', startedAt: 100, end: end('stopped', { reason: 'stop' }) }, 'stopped', true],
  ['discarded', { wish: 'discard', startedAt: 100, end: end('stopped', { reason: 'discard' }) }, 'stopped', false],
  ['paused, and stopped afterwards', { wish: 'stop', startedAt: 100, end: end('paused') }, 'stopped', true],
  ['paused, and discarded afterwards', { wish: 'discard', startedAt: 100, end: end('paused') }, 'stopped', false],
  ['failed with a word', { startedAt: 100, end: end('failed', { cause: 'disk_full', error }) }, 'failed', true],
  ['gone without a word', { startedAt: 100 }, 'interrupted', true],
  ['gone without a word although a pause was asked for', { startedAt: 100, wish: 'pause' }, 'interrupted', true],
  ['died before our eyes', { startedAt: 100, refusal: died(150) }, 'failed', true],
  ['died once, then begun by another and gone', { startedAt: 100, refusal: died(50) }, 'interrupted', true],
  ['died once, then finished by another', { startedAt: 100, refusal: died(150), end: end('paused') }, 'paused', true],
  ['refused to go on after a pause', { startedAt: 100, end: end('paused'), refusal: died(300) }, 'failed', true],
  ['refused at its first start', { refusal: died(10) }, 'failed', true],
  ['taken from the queue before it began: paused', { wish: 'pause' }, 'paused', true],
  ['taken from the queue before it began: stopped', { wish: 'stop' }, 'stopped', true],
  ['main was killed while it started it', {}, 'interrupted', true],
];

describe('the state of a run that', () => {
  test.each(ROWS)('%s', (_, facts, state, resumable) => {
    const whole = { ...idle, ...facts };
    const derived = deriveState(whole);
    expect(derived.state).toBe(state);
    expect(isResumable(derived, whole)).toBe(resumable);
    expect(derived.error === null).toBe(derived.state !== 'failed');
  });
});
