import { join } from 'node:path';
import type { Engine } from '../engine/runtime.ts';
import { damagedFiles, readCase, type CasePlace, type ParityCase } from './cases.ts';
import { passes } from './compare.ts';
import { NotSupportedYet, type CaseResult, type Compared } from './outcome.ts';
import { kindNamed } from './registry.ts';

/** Runs one case; whatever goes wrong within it is that case's failure. */
export async function runCase(engine: Engine, place: CasePlace, places: readonly CasePlace[]): Promise<CaseResult> {
  const start = performance.now();
  const finish = (rest: Omit<CaseResult, 'id' | 'seconds'>): CaseResult => ({
    id: place.id,
    ...rest,
    seconds: (performance.now() - start) / 1000,
  });
  let parityCase: ParityCase;
  try {
    parityCase = await readCase(place.directory);
  } catch (error) {
    return finish({ kind: 'unknown', status: 'failed', comparisons: [], reason: messageOf(error) });
  }
  const { kind } = parityCase;
  const damage = await damagedFiles(parityCase);
  let compared: Compared = { comparisons: [] };
  try {
    compared = await kindNamed(kind)({ engine, parityCase, caseNamed: (id) => findOther(parityCase, id, places) });
  } catch (error) {
    if (error instanceof NotSupportedYet && damage.length === 0) {
      return finish({ kind, status: 'not supported yet', comparisons: [], reason: error.message });
    }
    if (damage.length === 0) damage.push(messageOf(error));
  }
  if (damage.length > 0) return finish({ kind, status: 'failed', ...compared, reason: damage.join('; ') });
  const failed = compared.comparisons.filter((comparison) => !passes(comparison));
  if (failed.length > 0) {
    return finish({
      kind,
      status: 'failed',
      ...compared,
      reason: `beyond tolerance: ${failed.map((c) => c.what).join(', ')}`,
    });
  }
  if (compared.comparisons.length === 0)
    return finish({ kind, status: 'failed', ...compared, reason: 'nothing was compared' });
  return finish({ kind, status: 'passed', ...compared });
}

/** A case that this one refers to: one of those found, or beside it as its own id says (when a part of a folder is run). */
async function findOther(parityCase: ParityCase, id: string, places: readonly CasePlace[]): Promise<ParityCase> {
  const known = places.find((place) => place.id === id);
  const up = parityCase.id.split('/').map(() => '..');
  return readCase(known?.directory ?? join(parityCase.directory, ...up, id));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
