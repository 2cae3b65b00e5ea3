import { expect, test } from 'vitest';
import { isOwnAddress, isWebAddress } from './addresses.ts';

test.each([
  ['vitrine://app/', true],
  ['vitrine://app/#/runs', true],
  ['vitrine://app.example.org/', false],
  ['vitrine://other/', false],
  ['https://app/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['not an address', false],
])('isOwnAddress(%s) is %s', (address, expected) => {
  expect(isOwnAddress(address)).toBe(expected);
});

test.each([
  ['https://arxiv.org/abs/2010.11929', true],
  ['http://arxiv.org/', false],
  ['file:///bin/sh', false],
  ['vitrine://app/', false],
  ['', false],
])('isWebAddress(%s) is %s', (address, expected) => {
  expect(isWebAddress(address)).toBe(expected);
});
