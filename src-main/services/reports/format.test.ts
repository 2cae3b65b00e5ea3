import { describe, expect, it } from 'vitest';
import { count, displayName, fixed, percent, probability } from './format.ts';
import { html } from './html.ts';

describe('numbers', () => {
  it('never rounds what is not certain to certain', () => {
    expect(percent(1)).toBe('100.00\u00a0%');
    expect(percent(49_999 / 50_000)).toBe('99.998\u00a0%');
    expect(percent(1 / 1e6)).toBe('0.0001\u00a0%');
    expect(percent(1e-12)).toBe('<0.0001\u00a0%');
    expect(percent(1 - 1e-12)).toBe('>99.9999\u00a0%');
    expect([fixed(0, 4), fixed(1e-9, 4), fixed(0.1547, 4)]).toEqual(['0.0000', '<0.0001', '0.1547']);
    expect(percent(0)).toBe('0.00\u00a0%');
    expect(percent(349 / 360)).toBe('96.94\u00a0%');
    expect(probability(0.9999)).toBe('>0.99');
    expect(probability(1)).toBe('1.00');
    expect(probability(0.001)).toBe('<0.01');
  });

  it('groups thousands', () => {
    expect([0, 999, 1000, 50_000, 1_234_567].map(count)).toEqual(['0', '999', '1,000', '50,000', '1,234,567']);
  });
});

describe('displayName', () => {
  it('shows control characters and direction overrides instead of obeying them', () => {
    expect(displayName('a\nb\0')).toBe('a␊b␀');
    expect(displayName('\u202egnp.exe')).toBe('⟨U+202E⟩gnp.exe');
  });

  it('leaves out the middle of long names without splitting a character', () => {
    const family = '👩‍👩‍👧‍👦';
    const short = displayName(family.repeat(50), 10);
    expect(short).toBe(`${family.repeat(5)}…${family.repeat(4)}`);
    expect(displayName('x'.repeat(4000), 72)).toHaveLength(72);
    expect(displayName('a\u0301'.repeat(10) + `b${'\u0301'.repeat(1000)}`, 5)).not.toContain('\u0301'.repeat(20));
  });

  it('keeps right-to-left names and replaces lone surrogates', () => {
    expect(displayName('עברית')).toBe('עברית');
    expect(displayName('a\ud800')).toBe('a\ufffd');
  });
});

describe('html', () => {
  it('escapes strings, keeps markup and drops nothing-values', () => {
    const inner = html`<i>${'<&>"\''}</i>`;
    expect(html`<b title="${'"'}">${[inner, null, false, undefined, 0]}</b>`.markup).toBe(
      '<b title="&quot;"><i>&lt;&amp;&gt;&quot;&#39;</i>0</b>',
    );
  });
});
