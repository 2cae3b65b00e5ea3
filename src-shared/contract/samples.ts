import * as v from 'valibot';
import { procedure } from './procedure.ts';

const sampleSchema = v.object({
  /** A few words. */
  title: v.string(),
  /** What it is, in a sentence. */
  about: v.string(),
  path: v.string(),
});

const samplesSchema = v.object({
  checkpoint: v.object({
    ...sampleSchema.entries,
    /** In the library; null where it isn't. */ added: v.nullable(v.number()),
  }),
  dataset: v.object({ ...sampleSchema.entries, added: v.nullable(v.string()) }),
  photos: v.array(v.object({ name: v.string(), path: v.string(), /** Below /media. */ address: v.string() })),
});

export type Samples = v.InferOutput<typeof samplesSchema>;

/** What comes with Vitrine, so that everything can be tried without a network. */
export const samples = {
  list: procedure
    .route({ method: 'GET', summary: 'The bundled checkpoint, images and photographs' })
    .output(samplesSchema),
  add: procedure
    .route({ method: 'POST', summary: 'Takes the bundled checkpoint and digits into the library; what is there stays' })
    .output(v.object({ checkpoint: v.number(), dataset: v.string() })),
};
