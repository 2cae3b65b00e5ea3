import { expect, test } from 'vitest';
import { makePrompts, parseLabels, parseTemplates } from './prompts.ts';

test('labels between commas', () => {
  expect(parseLabels('dog, a red  bicycle ,猫')).toEqual(['dog', 'a red  bicycle', '猫']);
  expect(() => parseLabels('dog')).toThrow('two or more');
  expect(() => parseLabels('dog,,cat')).toThrow('empty label');
  expect(() => parseLabels('dog,cat, dog')).toThrow('"dog" twice');
});

test('templates, one a line', () => {
  expect(parseTemplates('a photo of a {}.\r\n\n{}\n', 't')).toEqual(['a photo of a {}.', '{}']);
  expect(() => parseTemplates('{}\na photo', 't.txt')).toThrow('t.txt, line 2: there is no "{}"');
  expect(() => parseTemplates('\n', 't.txt')).toThrow('t.txt holds no templates');
});

test('every template with every label, as it stands', () => {
  expect(makePrompts(['$&', 'cat'], ['a {}', '{}, {}'])).toEqual(['a $&', '$&, $&', 'a cat', 'cat, cat']);
  const many = Array.from({ length: 1001 }, (_, i) => `${i}`);
  expect(() => makePrompts(many, many)).toThrow('too many prompts');
});
