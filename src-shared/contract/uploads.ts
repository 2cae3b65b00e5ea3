import * as v from 'valibot';
import { procedure } from './procedure.ts';

const uploadSchema = v.object({
  id: v.string(),
  /** The file's name as the browser said it, without folders. */
  name: v.string(),
  bytes: v.number(),
  sha256: v.string(),
  /** An address below /media. */
  address: v.string(),
  uploadedAt: v.string(),
});

/** A file that a browser or a script sent by `POST /media/uploads?name=NAME`, which answers with this. */
export type Upload = v.InferOutput<typeof uploadSchema>;

export const uploads = {
  list: procedure.route({ method: 'GET', summary: 'Uploaded files, the newest first' }).output(v.array(uploadSchema)),
  remove: procedure
    .route({ method: 'POST', summary: 'Deletes an uploaded file' })
    .input(v.object({ id: v.string() }))
    .output(v.object({ id: v.string() })),
};
