import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { untilRead } from '../../ui/until-read.ts';
import type { Session } from './session.svelte.ts';

type Asked = Pick<Api, 'datasets' | 'samples'>;
type Sources = Parameters<Session['add']>[0];

/** Of each digit that many. */
const DIGITS = 6;

/** The photographs that come with Vitrine. @throws AppError */
export async function photosOf(api: Asked): Promise<Sources> {
  const { photos } = await api.samples.list();
  return photos.map(({ name, address, path }) => ({ name, address, from: { path } }));
}

/** Some of the sample's digits, others each time; takes them into the library where they aren't. @throws AppError */
export async function digitsOf(api: Asked, live: Live): Promise<Sources> {
  const { dataset } = await api.samples.add();
  const { root } = await untilRead(api, { live, id: dataset });
  const { images } = await api.datasets.images({ id: dataset, split: 'test', limit: 1000 });
  const begin = Math.floor(Math.random() * images.length);
  const step = Math.max(1, Math.floor(images.length / DIGITS));
  return Array.from(
    { length: Math.min(DIGITS, images.length) },
    (_, i) => images[(begin + i * step) % images.length]!,
  ).map(({ name, thumbnail }) => ({ name, address: thumbnail, from: { path: `${root}/${name}` } }));
}
