/** The number with the fewest digits that is read as this float32 again: 0.1, not 0.10000000149011612. */
export function shortestFloat(x: number): number {
  const float = Math.fround(x);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(9)); // always enough for a float32
}
