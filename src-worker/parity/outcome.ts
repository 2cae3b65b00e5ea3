import type { Engine } from '../engine/runtime.ts';
import type { Comparison } from './compare.ts';
import type { ParityCase } from './cases.ts';

/** What a kind of case is given. */
export interface CaseContext {
  engine: Engine;
  parityCase: ParityCase;
  /** Another case of the same folder, by id. Throws when it isn't there. */
  readonly caseNamed: (id: string) => Promise<ParityCase>;
}

/** What a kind of case gives: everything it compared, within tolerance or not. */
export interface Compared {
  comparisons: Comparison[];
  /** What a reader of the line should know: what was left out, and why. */
  remark?: string;
}

/** Runs one case. Throws NotSupportedYet, or any error: the case has failed, and the error's message says why. */
export type Kind = (context: CaseContext) => Promise<Compared>;

/** Thrown by a kind when the case needs something that Vitrine (or this engine) doesn't have; the message names it. */
export class NotSupportedYet extends Error {
  override name = 'NotSupportedYet';
}

export type Status = 'passed' | 'failed' | 'not supported yet';

export interface CaseResult extends Compared {
  id: string;
  kind: string;
  status: Status;
  /** Why it failed, or what is not supported, as a clause. */
  reason?: string;
  seconds: number;
}
