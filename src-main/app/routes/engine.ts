import { main } from '../base.ts';

const never = new AbortController().signal;

export const engine = main.engine.router({
  status: main.engine.status.handler(({ context }) => context.library.engine.status()),
  install: main.engine.install.handler(async function* ({ input, context, signal }) {
    yield* context.library.engine.install(input, signal ?? never);
  }),
  remove: main.engine.remove.handler(({ input, context }) => context.library.engine.remove(input.id)),
  compiled: main.engine.compiled.handler(({ context }) => context.library.engine.compiled()),
  clearCompiled: main.engine.clearCompiled.handler(({ context }) => context.library.engine.clearCompiled()),
  selftest: main.engine.selftest.handler(({ context }) => context.library.engine.selftest()),
});
