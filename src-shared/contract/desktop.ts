import * as v from 'valibot';
import { FILE_KINDS } from './files.ts';
import { procedure } from './procedure.ts';

/** What a desktop has beyond a browser. Everything here has a way without it. */
export const desktop = {
  status: procedure
    .route({ method: 'GET', summary: "Whether the system's own dialogs and file manager can be used" })
    .output(v.object({ available: v.boolean() })),
  choose: procedure
    .route({ method: 'POST', summary: "Asks with the system's dialog for a folder or a file" })
    .input(v.object({ kind: v.picklist(FILE_KINDS), title: v.pipe(v.string(), v.maxLength(200)) }))
    /** Null when it was closed. */
    .output(v.object({ path: v.nullable(v.string()) })),
  reveal: procedure
    .route({ method: 'POST', summary: "Shows a file or folder in the system's file manager" })
    .input(v.object({ path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)) }))
    .output(v.null()),
};
