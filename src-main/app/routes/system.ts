import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withEventMeta } from '@orpc/server';
import packageJson from '../../../package.json' with { type: 'json' };
import { toBibtex } from '../../../src-shared/cite/bibtex.ts';
import { vitrineItself } from '../../../src-shared/cite/papers.ts';
import { main } from '../base.ts';

const ROOT = join(import.meta.dirname, '../../..');
const never = new AbortController().signal;

export const system = main.system.router({
  status: main.system.status.handler(({ context: { library } }) => ({
    version: packageJson.version,
    versions: { node: process.versions.node, sqlite: library.sqliteVersion },
    host: library.host,
    pid: process.pid,
    home: library.paths.home,
    startedAt: library.startedAt.toISOString(),
  })),
  about: main.system.about.handler(async () => ({
    licence: packageJson.license,
    thirdParty: await readFile(join(ROOT, 'THIRD-PARTY.md'), 'utf8'),
    bibtex: toBibtex(vitrineItself(packageJson.version)),
  })),
  events: main.system.events.handler(async function* ({ input, context, signal, lastEventId }) {
    const { events } = context.library;
    for await (const placed of events.watch({ after: lastEventId ?? input.after, signal: signal ?? never })) {
      yield withEventMeta(placed, { id: placed.position });
    }
  }),
});
