import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';

// The compiler makes getters and setters of these; here a plain field does.
vi.stubGlobal(
  '$state',
  Object.assign(<Value>(value: Value) => value, { raw: <Value>(value: Value) => value }),
);
const { Annotator } = await import('./annotate.svelte.ts');
type Api = ConstructorParameters<typeof Annotator>[0];

/** Answers wait until the test gives them. */
function slowTray() {
  const reads: PromiseWithResolvers<string[]>[] = [];
  const writes: (PromiseWithResolvers<string[]> & { names: string[] })[] = [];
  const catalog = {
    comparing: () => (reads.push(Promise.withResolvers<string[]>()), reads.at(-1)!.promise),
    compare: ({ names }: { names: string[] }) => {
      writes.push({ ...Promise.withResolvers<string[]>(), names });
      return writes.at(-1)!.promise;
    },
  };
  const annotator = new Annotator({ catalog } as unknown as Api, { find: () => undefined, put: () => {} });
  return { annotator, reads, writes };
}

test('an answer from before a change does not take it back', async () => {
  const { annotator, reads, writes } = slowTray();
  const reading = annotator.readTray();
  await vi.waitUntil(() => reads.length === 1, 30_000);
  const first = annotator.compare(['a']);
  reads[0]!.resolve([]);
  await reading;
  expect(annotator.comparing).toEqual(['a']);
  const second = annotator.compare(['b']);
  await vi.waitUntil(() => writes.length === 1, 30_000);
  writes[0]!.resolve(['a']);
  await first;
  expect(annotator.comparing).toEqual(['a', 'b']);
  await vi.waitUntil(() => writes.length === 2, 30_000);
  expect(writes[1]!.names).toEqual(['a', 'b']);
  writes[1]!.resolve(['a', 'b']);
  await second;
  expect(annotator.comparing).toEqual(['a', 'b']);
});

test('what main refuses is taken back, and what it has is shown', async () => {
  const { annotator, reads, writes } = slowTray();
  const changing = annotator.compare(['a']);
  await vi.waitUntil(() => writes.length === 1, 30_000);
  writes[0]!.reject(new AppError('not_found', 'There is no such name.'));
  await vi.waitUntil(() => reads.length === 1, 30_000);
  expect(annotator.comparing).toEqual([]);
  reads[0]!.resolve(['b']);
  await changing;
  expect(annotator.comparing).toEqual(['b']);
});
