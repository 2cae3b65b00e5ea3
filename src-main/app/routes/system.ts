import { withEventMeta } from '@orpc/server';
import packageJson from '../../../package.json' with { type: 'json' };
import { main } from '../base.ts';

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
  events: main.system.events.handler(async function* ({ input, context, signal, lastEventId }) {
    const { events } = context.library;
    for await (const placed of events.watch({ after: lastEventId ?? input.after, signal: signal ?? never })) {
      yield withEventMeta(placed, { id: placed.position });
    }
  }),
});
