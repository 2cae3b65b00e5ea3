/** The shortest decimal fraction by which timm, rounding down, comes from the crop to the side it was cut from, px. */
export function cropFraction(crop: number, resized: number): number {
  for (let digits = 1; digits <= 12; digits++) {
    const fraction = Number((crop / resized).toFixed(digits));
    if (Math.floor(crop / fraction) === resized) return fraction;
  }
  return crop / resized;
}
