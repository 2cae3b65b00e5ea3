import { describe, expect, test } from 'vitest';
import { markdownTable, ratio, reached, renderFigures, renderGroup } from './figures.ts';
import { median, takeTurns, type Turn } from './measure.ts';
import { readOptions } from './options.ts';

describe('the benchmark', () => {
  test('contestants take turns, the first doesn’t count, medians do', async () => {
    const order: string[] = [];
    const entrant = (name: string, walls: number[]) => {
      const left = [...walls];
      const turn = async (): Promise<Turn> => {
        order.push(name);
        return { wall: left.shift()!, cpu: 2, items: 8 };
      };
      return [name, turn] as const;
    };
    const rows = await takeTurns([[...entrant('a', [100, 1, 2, 4])], [...entrant('b', [100, 8, 8, 8])]], 3);
    expect(order.join('')).toBe('abababab');
    expect(rows.map(({ perSecond, perCpuSecond }) => [perSecond, perCpuSecond])).toEqual([
      [4, 4],
      [1, 4],
    ]);
    expect(ratio(rows, ['a', 'b'], 'perSecond')).toBe(4);
    expect(median([1, 9, 2, 4])).toBe(3);
  });

  test('a figure that is missed says so', () => {
    const figures = [
      { what: 'fast', value: 1.9, unit: '×', atLeast: 1.8 },
      { what: 'slow', value: 2.5, unit: 's', atMost: 2 },
      { what: 'ceiling', value: 120, unit: 'GFLOP/s' },
    ];
    expect(figures.map(reached)).toEqual([true, false, true]);
    const lines = renderFigures(figures).split('\n');
    expect(lines[2]).toMatch(/fast.*1\.90 ×.*at least 1\.8.*reached/);
    expect(lines[3]).toMatch(/slow.*2\.50 s.*at most 2.*MISSED/);
    expect(lines[4]).toMatch(/120 GFLOP\/s$/);
  });

  test('tables are Markdown where that is asked for, with memory and first step where they are known', () => {
    const row = { name: 'ours', perSecond: 12.345, perCpuSecond: 6, turns: 3, peakBytes: 1.5e9, firstStep: 4.2 };
    const lines = renderGroup({ title: 'Steps', unit: 'images', rows: [row] }, markdownTable).split('\n');
    expect(lines).toEqual([
      'Steps',
      '',
      '|  | images/s | images/s of processor time | peak memory | first step |',
      '|---|---:|---:|---:|---:|',
      '| ours | 12.3 | 6.00 | 1500 MB | 4.20 s |',
    ]);
  });

  test('arguments are checked', () => {
    expect(readOptions(['--json', '--rounds', '3', '--only', 'start,loader'])).toMatchObject({
      json: true,
      rounds: 3,
      only: ['start', 'loader'],
    });
    expect(readOptions([]).only).toEqual(['start', 'plan', 'open', 'steps', 'loader', 'catalog']);
    expect(readOptions(['--cells', 'S/16@32', '--threads', '2,4', '--markdown'])).toMatchObject({
      cells: ['S/16@32'],
      threads: [2, 4],
      markdown: true,
    });
    for (const argv of [
      ['--rounds', '0'],
      ['--cells', 'S/17@32'],
      ['--threads', '1,x'],
      ['--only', 'all'],
      ['--vit-jax', 'x'],
      ['--fast'],
      ['more'],
    ]) {
      expect(() => readOptions(argv), argv.join(' ')).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
    }
  });
});
