import { expect, expectTypeOf, test } from 'vitest';
import type { Dataset, DatasetImage } from '../src-shared/contract/datasets.ts';
import type { Evaluation } from '../src-shared/contract/evaluations.ts';
import type { PlacedEvent } from '../src-shared/contract/events.ts';
import type { Prediction } from '../src-shared/contract/predict.ts';
import type { SystemStatus } from '../src-shared/contract/system.ts';
import { createApi } from './api.ts';
import type { Api } from './api.ts';

const PAGE = 'vitrine://app/#/runs';

test("the window's client has the contract's types, errors included (checked by npm run types)", () => {
  const api = createApi(PAGE);
  expectTypeOf(api.system.status).returns.resolves.toEqualTypeOf<SystemStatus>();
  expectTypeOf(api.datasets.list).returns.resolves.toEqualTypeOf<Dataset[]>();
  expectTypeOf(api.datasets.images).parameter(0).toExtend<{ id: string; limit?: number | undefined }>();
  expectTypeOf<Awaited<ReturnType<typeof api.datasets.images>>['images']>().toEqualTypeOf<DatasetImage[]>();
  expectTypeOf(api.evaluations.start).returns.resolves.toEqualTypeOf<Evaluation>();
  type Predicted = Awaited<ReturnType<typeof api.predict.images>>['images'][number]['predictions'];
  expectTypeOf<Predicted>().toEqualTypeOf<Prediction[]>();
  type Events = Awaited<ReturnType<typeof api.system.events>>;
  expectTypeOf<Events>().toExtend<AsyncIterator<PlacedEvent, unknown, void>>();
  // @ts-expect-error a field that the contract doesn't have
  const wrong = () => api.datasets.get({ name: 'x' });
  expectTypeOf<Api>().not.toHaveProperty('nothing');
  expect(typeof wrong).toBe('function');
});

test.each([
  ['nothing answers', () => Promise.reject(new TypeError('Failed to fetch')), 'network', 'Vitrine does not answer.'],
  [
    'somebody else answers',
    async () => new Response('<h1>Bad Gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
    'internal',
    'The answer was none of Vitrine’s.',
  ],
  [
    'main says what is wrong',
    async () =>
      Response.json(
        {
          json: { defined: true, code: 'not_found', status: 404, message: 'There is no run 1.', data: { details: {} } },
        },
        { status: 404 },
      ),
    'not_found',
    'There is no run 1.',
  ],
])('where %s, a sentence says so', async (_name, answer, code, message) => {
  const { fetch } = globalThis;
  globalThis.fetch = answer;
  try {
    await expect(createApi(PAGE).system.status()).rejects.toMatchObject({ name: 'AppError', code, message });
  } finally {
    globalThis.fetch = fetch;
  }
});

test('a call that is given up is no failure of Vitrine', async () => {
  const abort = new AbortController();
  abort.abort();
  await expect(createApi(PAGE).system.status(undefined, { signal: abort.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});

test('calls go to /rpc of the page, with its own cookies only', async () => {
  const seen: Request[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = (async (request: Request) => {
    seen.push(request);
    return Response.json({ json: { hello: 'there' } });
  }) as typeof globalThis.fetch;
  try {
    expect(await createApi(PAGE).system.status()).toEqual({ hello: 'there' });
  } finally {
    globalThis.fetch = fetch;
  }
  expect(seen.map(({ url }) => url)).toEqual(['vitrine://app/rpc/system/status']);
});
