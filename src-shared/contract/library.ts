import * as v from 'valibot';
import { procedure } from './procedure.ts';

/** What was read back of one kind of thing. */
const rebuildPartSchema = v.object({
  /** Such as "runs". */
  name: v.string(),
  found: v.number(),
  added: v.number(),
  /** What could not be read, and why: a sentence each. */
  problems: v.array(v.string()),
});
export type RebuildPart = v.InferOutput<typeof rebuildPartSchema>;

export const library = {
  rebuild: procedure
    .route({ method: 'POST', summary: 'Read runs and checkpoints back from the folders that describe themselves' })
    .input(
      v.object({
        /** Workdirs, or folders of workdirs, outside of the library. */
        folders: v.optional(v.pipe(v.array(v.string()), v.maxLength(1000)), []),
      }),
    )
    .output(v.array(rebuildPartSchema)),
};
