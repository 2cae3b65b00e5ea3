import { eventIterator } from '@orpc/contract';
import * as v from 'valibot';
import { placedEventSchema } from './events.ts';
import { procedure } from './procedure.ts';

const statusSchema = v.object({
  /** Of Vitrine. */
  version: v.string(),
  /** Versions of what it runs on. */
  versions: v.record(v.string(), v.string()),
  /** Who serves this contract. */
  host: v.picklist(['cli', 'serve', 'electron']),
  pid: v.number(),
  /** The library's folder. */
  home: v.string(),
  startedAt: v.string(),
});

export type SystemStatus = v.InferOutput<typeof statusSchema>;

export const system = {
  status: procedure.route({ method: 'GET', summary: 'Who serves this, from where' }).output(statusSchema),
  about: procedure.route({ method: 'GET', summary: 'Licences, what comes from others, and how to cite' }).output(
    v.object({
      licence: v.string(),
      /** THIRD-PARTY.md. */
      thirdParty: v.string(),
      /** BibTeX of Vitrine itself. */
      bibtex: v.string(),
    }),
  ),
  /** The one event stream of a client, for all that it watches. */
  events: procedure
    .route({ method: 'GET', summary: 'Everything that changes, as server-sent events' })
    .input(v.object({ after: v.optional(v.string()) }))
    .output(eventIterator(placedEventSchema)),
};
