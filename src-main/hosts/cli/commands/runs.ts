import { resolve } from 'node:path';
import { CONFIG_FLAG, splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { RUN_STATES } from '../../../../src-shared/contract/runs.ts';
import type { RunState } from '../../../../src-shared/contract/runs.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { nearest } from '../../../../src-shared/nearest.ts';
import { asAppError } from '../../../app/app-errors.ts';
import type { Client } from '../../../app/in-process.ts';
import type { Command, CommandContext } from '../command.ts';
import { followTraining } from '../follow-training.ts';
import { openClient } from '../open-client.ts';
import { renderRun, renderRuns } from '../render-runs.ts';
import { watchRun } from '../watch-run.ts';
import { positiveOption } from '../worker-options.ts';

const USAGE =
  'runs [list | show RUN | watch RUN | pause RUN | resume RUN | extend RUN | branch RUN | stop RUN | adopt WORKDIR | remove RUN] [--json]';

export const command: Command = {
  name: 'runs',
  summary: 'list trainings, watch one, pause it, let it go on',
  usage: USAGE,
  help: `
Every training that this library knows, whoever started it: a command line, "vitrine serve", the window. A RUN is its
name for programs (12 digits, or as many of the first as tell it apart), or its workdir.

  list [TEXT]       newest first; TEXT is looked for in names, workdirs, data sets and tags
  show RUN          all of one: state, why it failed, metrics, what happened
  watch RUN         follow one until it ends; Ctrl-C ends the watching only
  pause RUN         save after this step and end; it can go on later
  resume RUN        go on: in "vitrine serve" where one is there, otherwise in this terminal
  extend RUN        --steps N: a finished one goes on to N steps in all. Its learning rate goes on as the schedule
                    of N steps has it at the step it reached, its images where they were
  branch RUN        a new run from the saved state of another, which stays as it is: --workdir=NEW
                    [--from-step S] [--config.FIELD=VALUE …]. Model, optimizer and classes stay the same; learning
                    rate, length, augmentation and images may change
  stop RUN          end it; --discard throws away what it learnt
  evaluate RUN      score the test split now, between two steps
  adopt WORKDIR     list a workdir that an earlier Vitrine made, or another library
  remove RUN        forget one; --files removes its files too

  --state STATE     list: only those (${RUN_STATES.join(', ')})
  --limit N         list: at most so many (default 100)
  --steps N         extend: steps in all
  --workdir DIR     branch: where the new run lives
  --from-step S     branch: the step that the saved state must be of (default: its newest)
`,
  options: {
    state: { type: 'string' },
    limit: { type: 'string' },
    discard: { type: 'boolean' },
    files: { type: 'boolean' },
    steps: { type: 'string' },
    workdir: { type: 'string' },
    'from-step': { type: 'string' },
  },
  passThrough: CONFIG_FLAG,
  async run(context) {
    const [what = 'list', ...rest] = context.positionals;
    const action = ACTIONS[what];
    if (what !== 'branch' && context.flags.length > 0)
      throw usage(
        `runs ${what} takes no ${context.flags[0]}: a run keeps its configuration.`,
        'See "vitrine runs branch".',
      );
    if (!action) {
      const guess = nearest(what, Object.keys(ACTIONS));
      throw usage(`runs has no "${what}".`, guess && `Did you mean "${guess}"?`);
    }
    const library = await openClient(context);
    const { client } = library;
    try {
      return await action({ context, client, rest });
    } catch (error) {
      throw asAppError(error);
    } finally {
      await library.close();
    }
  },
};

interface Call {
  context: CommandContext;
  client: Client;
  /** Arguments after the action's name. */
  rest: string[];
}

const ACTIONS: Record<string, (call: Call) => Promise<number | void>> = {
  async list({ context, client, rest }) {
    if (rest.length > 1) throw usage(`runs list takes one text, and got "${rest[1]}" too.`);
    const { options } = context;
    const list = await client.runs.list({
      ...(options['state'] === undefined ? {} : { state: stateOption(String(options['state'])) }),
      ...(rest[0] === undefined ? {} : { text: rest[0] }),
      limit: positiveOption('limit', options['limit'], 100),
    });
    if (context.json) return context.emit(list);
    renderRuns(list).forEach((line) => context.print(line));
  },
  async show({ context, client, rest }) {
    const id = await findRun(client, rest);
    const [run, timeline] = await Promise.all([client.runs.get({ id }), client.runs.timeline({ id })]);
    if (context.json) return context.emit({ run, timeline });
    renderRun(run, timeline).forEach((line) => context.print(line));
  },
  async watch({ context, client, rest }) {
    return watchRun(context, client, await findRun(client, rest));
  },
  pause: changed(async ({ client }, id) => client.runs.pause({ id })),
  async stop(call) {
    const discard = call.context.options['discard'] === true;
    return changed(async ({ client }, id) => client.runs.stop({ id, keep: !discard }))(call);
  },
  evaluate: changed(async ({ client }, id) => client.runs.evaluateNow({ id })),
  async resume({ context, client, rest }) {
    return followTraining(context, client, { resume: await findRun(client, rest) });
  },
  async extend({ context, client, rest }) {
    if (context.options['steps'] === undefined) throw usage('runs extend needs --steps: how many in all.');
    const totalSteps = positiveOption('steps', context.options['steps'], 1);
    return followTraining(context, client, { extend: { id: await findRun(client, rest), totalSteps } });
  },
  async branch({ context, client, rest }) {
    const { workdir, 'from-step': from } = context.options as { workdir?: string; 'from-step'?: string };
    if (!workdir) throw usage('runs branch needs --workdir: where the new run lives.');
    const { config: preset, overrides } = splitConfigFlags(context.flags);
    if (preset !== undefined) throw usage('runs branch takes the configuration of its run, and --config.FIELD=VALUE.');
    const run = await findRun(client, rest);
    const { name: _, ...parent } = await client.runs.clone({ id: run });
    return followTraining(context, client, {
      start: {
        ...parent,
        workdir,
        cwd: process.cwd(),
        overrides: [...(parent.overrides ?? []), ...overrides],
        branch: { run, ...(from === undefined ? {} : { step: positiveOption('from-step', from, 1) }) },
      },
    });
  },
  async adopt({ context, client, rest }) {
    const [workdir, extra] = rest;
    if (workdir === undefined || extra !== undefined) throw usage('runs adopt takes one workdir.');
    const run = await client.runs.adopt({ workdir: resolve(workdir) });
    if (context.json) return context.emit(run);
    context.print(`${run.id}  ${run.name}: ${run.state}`);
  },
  async remove({ context, client, rest }) {
    const id = await findRun(client, rest);
    const files = context.options['files'] === true;
    await client.runs.remove({ id, files });
    if (context.json) return context.emit({ id, files });
    context.print(`${id} is forgotten${files ? ', and its files are gone' : '; its files are still there'}.`);
  },
};

/** An action that gives the run as it stands then. */
function changed(act: (call: Call, id: string) => ReturnType<Client['runs']['pause']>): (call: Call) => Promise<void> {
  return async (call) => {
    const run = await act(call, await findRun(call.client, call.rest));
    if (call.context.json) return call.context.emit(run);
    call.context.print(`${run.id}  ${run.name}: ${run.state}`);
  };
}

/** The run that a person means. @throws AppError usage, not_found, conflict (more than one) */
async function findRun(client: Client, [named, extra]: string[]): Promise<string> {
  if (named === undefined || extra !== undefined) throw usage('Name one run: "vitrine runs list" lists them.');
  const { runs } = await client.runs.list({ limit: 1000 });
  const workdir = resolve(named);
  const found = runs.filter(
    (run) => run.workdir === workdir || (/^[0-9a-f]+$/.test(named) && run.id.startsWith(named)),
  );
  if (found.length === 1) return found[0]!.id;
  if (found.length === 0)
    throw new AppError('not_found', `There is no run ${named}.`, { hint: '"vitrine runs list" lists them.' });
  throw new AppError('conflict', `${named} may be any of ${found.map(({ id }) => id).join(', ')}.`, {
    hint: 'Give more of its digits.',
  });
}

function stateOption(text: string): RunState {
  const state = RUN_STATES.find((known) => known === text);
  if (state) return state;
  throw usage(`--state is "${text}", but must be one of ${RUN_STATES.join(', ')}.`);
}

function usage(message: string, hint?: string): AppError {
  return new AppError('usage', message, { hint: hint || `Usage: vitrine ${USAGE}` });
}
