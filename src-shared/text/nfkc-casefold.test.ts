import { expect, test } from 'vitest';
import { nfkcCasefold } from './nfkc-casefold.ts';

// Rows of Unicode 14's DerivedNormalizationProps.txt (NFKC_CF), code points in hexadecimal; "" for what vanishes.
test.each([
  ['41', '61'],
  ['df', '73 73'],
  ['1e9e', '73 73'],
  ['130', '69 307'],
  ['131', '131'],
  ['149', '2bc 6e'],
  ['17f', '73'],
  ['345', '3b9'],
  ['390', '390'],
  ['3c2', '3c3'],
  ['587', '565 582'],
  ['1c80', '432'],
  ['1e9b', '1e61'],
  ['1fb3', '3b1 3b9'],
  ['1fbc', '3b1 3b9'],
  ['1fd3', '390'],
  ['2116', '6e 6f'],
  ['2126', '3c9'],
  ['212a', '6b'],
  ['212b', 'e5'],
  ['2460', '31'],
  ['3000', '20'],
  ['3316', '30ad 30ed 30e1 30fc 30c8 30eb'],
  ['3371', '68 70 61'],
  ['13a0', '13a0'],
  ['13f8', '13f0'],
  ['ab70', '13a0'],
  ['a64a', 'a64b'],
  ['a0', '20'],
  ['bd', '31 2044 32'],
  ['fb03', '66 66 69'],
  ['fdfa', '635 644 649 20 627 644 644 647 20 639 644 64a 647 20 648 633 644 645'],
  ['ff21', '61'],
  ['10400', '10428'],
  ['1d400', '61'],
  ['ad', ''],
  ['34f', ''],
  ['115f', ''],
  ['200b', ''],
  ['fe0f', ''],
  ['feff', ''],
  ['e0001', ''],
])('U+%s becomes "%s"', (from, to) => {
  const chars = (codes: string): string =>
    codes === '' ? '' : String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
  expect(nfkcCasefold(chars(from))).toBe(chars(to).normalize('NFC'));
});
