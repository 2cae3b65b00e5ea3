import { main } from '../base.ts';

const never = new AbortController().signal;

export const runs = main.runs.router({
  list: main.runs.list.handler(({ input, context }) => context.library.runs.list(input)),
  get: main.runs.get.handler(({ input, context }) => context.library.runs.get(input.id)),
  start: main.runs.start.handler(({ input, context }) => context.library.runs.start(input)),
  preflight: main.runs.preflight.handler(({ input, context, signal }) =>
    context.library.runs.preflight(input, signal ?? never),
  ),
  train: main.runs.train.handler(({ input, context }) => context.library.runs.train(input)),
  watch: main.runs.watch.handler(({ input, context, signal }) => context.library.runs.watch(input.id, signal ?? never)),
  pause: main.runs.pause.handler(({ input, context }) => context.library.runs.pause(input.id)),
  resume: main.runs.resume.handler(({ input, context }) => context.library.runs.resume(input.id)),
  extend: main.runs.extend.handler(({ input, context }) => context.library.runs.extend(input)),
  stop: main.runs.stop.handler(({ input, context }) => context.library.runs.stop(input.id, input)),
  evaluateNow: main.runs.evaluateNow.handler(({ input, context }) => context.library.runs.evaluateNow(input.id)),
  move: main.runs.move.handler(({ input, context }) => context.library.runs.move(input.id, input.before)),
  edit: main.runs.edit.handler(({ input: { id, ...changes }, context }) => context.library.runs.edit(id, changes)),
  clone: main.runs.clone.handler(({ input, context }) => context.library.runs.clone(input.id)),
  metrics: main.runs.metrics.handler(({ input: { id, ...query }, context }) => context.library.runs.metrics(id, query)),
  timeline: main.runs.timeline.handler(({ input, context }) => context.library.runs.timeline(input.id, input.limit)),
  remove: main.runs.remove.handler(({ input, context }) => {
    context.library.runs.remove(input.id, input);
    return { id: input.id };
  }),
  adopt: main.runs.adopt.handler(({ input, context }) => context.library.runs.adopt(input.workdir)),
});
