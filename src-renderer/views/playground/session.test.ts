import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import { MOST_PICTURES, Session } from './session.svelte.ts';

// Outside of Svelte's compiler a rune is a plain value.
vi.hoisted(() =>
  vi.stubGlobal(
    '$state',
    Object.assign(<T>(value: T) => value, { raw: <T>(value: T) => value }),
  ),
);

const picture = (name: string) => ({ name, address: `blob:${name}`, from: { path: `/${name}` } });

interface Call {
  checkpoint: string;
  images: { path: string }[];
}

function sessionOver(answer: (call: Call, signal: AbortSignal) => Promise<unknown>) {
  const calls: Call[] = [];
  const removed: string[] = [];
  const api = {
    predict: {
      images: (call: Call, { signal }: { signal: AbortSignal }) => {
        calls.push(call);
        return answer(call, signal);
      },
    },
    uploads: { remove: ({ id }: { id: string }) => Promise.resolve(removed.push(id)) },
  } as unknown as ConstructorParameters<typeof Session>[0];
  return { session: new Session(api), calls, removed };
}

const answering = ({ images }: Call) =>
  Promise.resolve({
    images: images.map(({ path }) => ({
      predictions: [{ class: path, index: 0, probability: 1 }],
      problem: null,
    })),
    engine: null,
    seconds: 1,
    checkpoint: {},
  });

test('each model is asked once for each picture, one model after the other', async () => {
  const { session, calls } = sessionOver(answering);
  session.setModels(['/a.npz', '/b.npz', '/a.npz']);
  session.add([picture('x')]);
  session.add([picture('y')]);
  await vi.waitUntil(() => !session.busy, 30_000);
  const asked = calls.flatMap(({ checkpoint, images }) => images.map(({ path }) => `${checkpoint} ${path}`));
  expect([...asked].sort()).toEqual(['/a.npz /x', '/a.npz /y', '/b.npz /x', '/b.npz /y']);
  expect(session.answer('/b.npz', 1)?.predictions[0]?.class).toBe('/y');
  session.setModels(['/b.npz']);
  await vi.waitUntil(() => !session.busy, 30_000);
  expect(calls.flatMap(({ images }) => images)).toHaveLength(4);
});

test('a model that fails says so and holds up no other; more pictures are given it again', async () => {
  let broken = true;
  const { session } = sessionOver((call) =>
    call.checkpoint === '/bad.npz' && broken
      ? Promise.reject(new AppError('bad_checkpoint', 'It is cut off.'))
      : answering(call),
  );
  session.setModels(['/bad.npz', '/good.npz']);
  session.add([picture('x')]);
  await vi.waitUntil(() => !session.busy, 30_000);
  expect(session.models.map(({ state, error }) => [state, error?.message])).toEqual([
    ['failed', 'It is cut off.'],
    ['idle', undefined],
  ]);
  broken = false;
  session.run();
  await vi.waitUntil(() => !session.busy, 30_000);
  expect(session.answer('/bad.npz', 0)).not.toBeNull();
});

test('stopped, it owes the rest and goes on when asked to; cleared, pictures can be tried again', async () => {
  let slow = true;
  const { session } = sessionOver((call, signal) =>
    slow
      ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
      : answering(call),
  );
  session.setModels(['/a.npz']);
  expect(session.add(Array.from({ length: MOST_PICTURES + 2 }, (_, i) => picture(String(i))))).toBe(2);
  session.stop();
  await vi.waitUntil(() => !session.busy, 30_000);
  expect([session.stopped, session.models[0]!.state]).toEqual([true, 'idle']);
  slow = false;
  session.run();
  await vi.waitUntil(() => !session.busy, 30_000);
  expect(session.answer('/a.npz', 5)).not.toBeNull();
  expect(session.clear()).toBe(MOST_PICTURES);
  expect(session.tried[0]).toMatchObject({ name: String(MOST_PICTURES - 1), said: [`/${MOST_PICTURES - 1}`] });
  session.again(session.tried[0]!);
  await vi.waitUntil(() => !session.busy, 30_000);
  expect([session.pictures.length, session.tried.length]).toEqual([1, MOST_PICTURES - 1]);
});
