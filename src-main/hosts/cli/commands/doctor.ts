import { AppError } from '../../../../src-shared/errors.ts';
import { diagnose } from '../../../app/doctor.ts';
import type { Command } from '../command.ts';

const MARKS = { passed: 'ok  ', failed: 'FAIL', note: 'note' } as const;

export const command: Command = {
  name: 'doctor',
  summary: 'check what Vitrine needs on this machine, and try what it claims',
  usage: 'doctor [--selftest] [--json]',
  help: `
Looks at Node, the library's folder, the disk, the engine and the GPU; what failed comes with what to do. Exit code 1 when
something failed.

  --selftest  try on this machine what is claimed of the engine, about a minute: a recorded step is the step op by op,
              bfloat16, blocks computed again, two devices (GPUs where there are two, else two parts on one device),
              a training that goes on to the bit
  --json      one JSON document: the report to send when something is wrong
`,
  options: { selftest: { type: 'boolean' } },
  async run(context) {
    if (context.positionals.length > 0) {
      throw new AppError('usage', `doctor takes no "${context.positionals[0]}".`, {
        hint: `Usage: vitrine ${this.usage}`,
      });
    }
    const diagnosis = await diagnose({ selftest: context.options['selftest'] === true, signal: context.signal });
    if (context.json) context.emit(diagnosis);
    for (const { name, state, detail, fix } of diagnosis.findings) {
      context.print(`${MARKS[state]}  ${name}: ${detail}${fix === null ? '' : `\n      What to do: ${fix}`}`);
    }
    return diagnosis.ok ? 0 : 1;
  },
};
