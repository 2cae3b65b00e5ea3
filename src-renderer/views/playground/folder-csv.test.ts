import { expect, test, vi } from 'vitest';
import { csvHead, csvLine, FolderCsv } from './folder-csv.svelte.ts';

// Outside of Svelte's compiler a rune is a plain value.
vi.hoisted(() =>
  vi.stubGlobal(
    '$state',
    Object.assign(<T>(value: T) => value, { raw: <T>(value: T) => value }),
  ),
);

const answered = (name: string) => ({ class: name, index: 1, probability: 0.5 });

test('names are quoted, a line has as many fields as the head, a problem is said', () => {
  expect(csvHead(2)).toBe('name,problem,top1,top1_index,top1_probability,top2,top2_index,top2_probability\r\n');
  expect(csvLine('a "b", c.jpg', { predictions: [answered('cat, "big"')], problem: null }, 2)).toBe(
    '"a ""b"", c.jpg",,"cat, ""big""",1,0.5,,,\r\n',
  );
  expect(csvLine('x.jpg', { predictions: [], problem: { reason: 'cut off' } }, 1)).toBe('"x.jpg","cut off",,,\r\n');
});

test('a folder is classified a piece at a time; stopped, what was answered stays', async () => {
  const images = Array.from({ length: 150 }, (_, i) => ({ name: `${i}.png`, path: `/f/${i}.png` }));
  let calls = 0;
  const api = {
    files: { images: () => Promise.resolve({ path: '/f', images, cut: false }) },
    predict: {
      images: ({ images: asked }: { images: { path: string }[] }, { signal }: { signal: AbortSignal }) => {
        if (++calls === 3) {
          task.stop();
          return Promise.reject(signal.reason as Error);
        }
        const answers = asked.map(({ path }, i) => ({
          image: path,
          predictions: i === 0 ? [] : [answered('one')],
          problem: i === 0 ? { code: 'empty', reason: 'it is empty' } : null,
        }));
        return Promise.resolve({ images: answers });
      },
    },
  } as unknown as ConstructorParameters<typeof FolderCsv>[0];
  const task = new FolderCsv(api);
  await task.start({ folder: '/f', checkpoint: '/m.npz', top: 1 });
  expect([task.state, task.done, task.total, task.bad, task.error]).toEqual(['stopped', 128, 150, 2, null]);
  const lines = (await task.csv().text()).trimEnd().split('\r\n');
  expect(lines).toHaveLength(129);
  expect(lines[1]).toBe('"0.png","it is empty",,,');
});
