import { passes, worstComparison, type Tolerance } from './compare.ts';
import type { CaseResult, Status } from './outcome.ts';

const WORDS: Record<Status, string> = { passed: 'pass', failed: 'FAIL', 'not supported yet': 'not supported yet' };
/** Names shown of a case that compares many arrays. */
const MOST_NAMES = 4;

/** A case as one line: id, what was compared, largest difference (nearest to its tolerance), tolerance, outcome. */
export function formatCase(result: CaseResult): string {
  const { id, status, comparisons, remark, reason } = result;
  const parts = [id];
  if (comparisons.length > 0) {
    const worst = worstComparison(comparisons);
    const where = comparisons.length > 1 ? ` (${worst.what})` : '';
    parts.push(summary(comparisons.map((c) => c.what)));
    parts.push(`largest difference ${number(worst.difference)}${where}, tolerance ${tolerance(worst.tolerance)}`);
  }
  const outcome = reason === undefined ? WORDS[status] : `${WORDS[status]}: ${reason}`;
  parts.push(remark === undefined ? outcome : `${outcome} (${remark})`);
  return parts.join('  ');
}

function summary(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES - 1).join(', ')} and ${names.length - MOST_NAMES + 1} more`;
}

function tolerance({ atol, rtol = 0 }: Tolerance): string {
  return rtol === 0 ? number(atol) : `${number(atol)} + ${number(rtol)}·|x|`;
}

/** Two digits: 2.4e-6, 0.02, 13. */
function number(x: number): string {
  if (!Number.isFinite(x)) return 'infinite';
  return x === 0 || x >= 0.001 ? String(Number(x.toPrecision(2))) : x.toExponential(1).replace('.0e', 'e');
}

/** The same for programs; differences that aren't numbers come as null. */
export function jsonCase(result: CaseResult): Record<string, unknown> {
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  return {
    ...result,
    comparisons: result.comparisons.map((c) => ({
      what: c.what,
      difference: finite(c.difference),
      ...c.tolerance,
      pass: passes(c),
    })),
  };
}
