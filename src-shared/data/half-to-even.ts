/** Rounds to the nearest whole number, halves to even: C's lrint, Python's round. */
export function halfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}
