import { examine } from '../doctor.ts';
import { refuseWhileComputing } from '../refuse-while-computing.ts';
import { main } from '../base.ts';

const never = new AbortController().signal;

export const engine = main.engine.router({
  status: main.engine.status.handler(({ context }) => context.library.engine.status()),
  install: main.engine.install.handler(async function* ({ input, context: { library }, signal }) {
    // Processes load parts of their engine as they come to need them: none is replaced under one.
    if (await library.engine.wouldReplace(input)) refuseWhileComputing(library, "its engine can't be replaced");
    yield* library.engine.install(input, signal ?? never);
    library.events.publish({ topic: 'engine' });
  }),
  remove: main.engine.remove.handler(async ({ input, context: { library } }) => {
    refuseWhileComputing(library, "an engine can't be removed");
    const removed = await library.engine.remove(input.id);
    library.events.publish({ topic: 'engine' });
    return removed;
  }),
  doctor: main.engine.doctor.handler(async function* ({ input, context: { library }, signal }) {
    yield* examine({ selftest: input.selftest, status: library.engine.status, signal: signal ?? never });
  }),
  memory: main.engine.memory.handler(async ({ context: { library } }) => ({ devices: await library.broker.memory() })),
  compiled: main.engine.compiled.handler(({ context }) => context.library.engine.compiled()),
  clearCompiled: main.engine.clearCompiled.handler(({ context }) => context.library.engine.clearCompiled()),
  selftest: main.engine.selftest.handler(({ context }) => context.library.engine.selftest()),
});
