import { resolve } from 'node:path';
import { AppError } from '../../../../src-shared/errors.ts';
import { asAppError } from '../../../app/in-process.ts';
import type { Command } from '../command.ts';
import { openClient } from '../open-client.ts';

const USAGE = 'library rebuild [FOLDER …] [--json]';

export const command: Command = {
  name: 'library',
  summary: 'read runs and checkpoints back from the folders that describe them',
  usage: USAGE,
  help: `
Runs and checkpoints describe themselves; the library's database is an index over them. Where it was lost or moved away,
"library rebuild" reads it back: everything in the library's own folders, and what is in the folders that are named.
What a folder can't say (tags, places in the queue) is lost with the file. What is there already stays.

  FOLDER    a --workdir, or a folder of them, outside of the library

Examples:
  vitrine library rebuild
  vitrine library rebuild runs/pets ~/experiments
`,
  options: {},
  async run(context) {
    const [what, ...folders] = context.positionals;
    if (what !== 'rebuild')
      throw new AppError('usage', what === undefined ? 'library needs to be told what.' : `library has no "${what}".`, {
        hint: `Usage: vitrine ${USAGE}`,
      });
    const library = await openClient(context);
    const { client } = library;
    try {
      const parts = await client.library.rebuild({ folders: folders.map((folder) => resolve(folder)) });
      if (context.json) return context.emit({ parts });
      for (const { name, found, added, problems } of parts) {
        context.print(`${name}: ${found} found, ${added} of them new.`);
        problems.forEach((problem) => context.log(`  ${problem}`));
      }
    } catch (error) {
      throw asAppError(error);
    } finally {
      await library.close();
    }
  },
};
